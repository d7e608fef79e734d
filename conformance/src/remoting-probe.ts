import { connect } from 'node:net';

const deadlineMs = 3000;

export interface ProbeAnswer {
  readonly code: number;
  readonly body: string;
  readonly bytes: Buffer;
  readonly fields: Readonly<Record<string, string>>;
  readonly remark: string;
}

interface Answer {
  readonly code: number;
  readonly extFields?: Readonly<Record<string, string>>;
  readonly remark?: string;
}

/**
 * Asks one question with a JSON header and closes the connection: enough to see whether a server is ready, and free of the
 * code that is being tested. Frame: length, header length (its top byte 0 = JSON), header, body.
 */
export function probe(
  address: string,
  code: number,
  extFields: Readonly<Record<string, string>>,
  body: string | Uint8Array = '',
): Promise<ProbeAnswer> {
  const { hostname, port } = new URL(`tcp://${address}`);
  const header = Buffer.from(
    JSON.stringify({
      code,
      language: 'JAVA',
      version: 479,
      opaque: 1,
      flag: 0,
      serializeTypeCurrentRPC: 'JSON',
      extFields,
    }),
  );
  const content = Buffer.from(body);
  const frame = Buffer.alloc(8 + header.length + content.length);
  frame.writeUInt32BE(frame.length - 4, 0);
  frame.writeUInt32BE(header.length, 4);
  header.copy(frame, 8);
  content.copy(frame, 8 + header.length);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => socket.write(frame));
    let received = Buffer.alloc(0);
    socket.setTimeout(deadlineMs, () => socket.destroy(new Error(`no answer from ${address} within ${deadlineMs} ms`)));
    socket.on('error', reject);
    socket.on('close', () => reject(new Error(`${address} closed the connection`)));
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk]);
      if (received.length >= 4 && received.length >= 4 + received.readUInt32BE(0)) {
        const headerEnd = 8 + (received.readUInt32BE(4) & 0xffffff);
        const answer = JSON.parse(received.toString('utf8', 8, headerEnd)) as Answer;
        const { code, extFields = {}, remark = '' } = answer;
        const bytes = received.subarray(headerEnd);
        resolve({ code, body: bytes.toString('utf8'), bytes, fields: extFields, remark });
        socket.destroy();
      }
    });
  });
}
