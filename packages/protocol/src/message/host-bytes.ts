import { ProtocolError } from '../protocol-error.js';
import { readInt32, writeInt32 } from './big-endian.js';
import type { HostBytes } from './stored-record.js';

/** `10.0.0.1`, `2001:db8::2` (also with brackets or a zone) → 4 or 16 bytes; undefined when it is no address. */
export function addressBytes(address: string): Uint8Array | undefined {
  return address.includes(':') ? ipv6Bytes(address) : ipv4Bytes(address);
}

function ipv4Bytes(address: string): Uint8Array | undefined {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(address);
  if (match === null) return undefined;
  const bytes = match.slice(1).map(Number);
  return bytes.every((byte) => byte <= 255) ? Uint8Array.from(bytes) : undefined;
}

function ipv6Bytes(text: string): Uint8Array | undefined {
  const address = text.replace(/^\[(.*)\]$/, '$1').replace(/%.*$/, '');
  const halves = address.split('::');
  if (halves.length > 2) return undefined;
  const head = groups(halves[0]!, halves.length === 1);
  const tail = halves.length === 2 ? groups(halves[1]!, true) : [];
  if (head === undefined || tail === undefined) return undefined;
  const missing = 16 - head.length - tail.length;
  if (halves.length === 1 ? missing !== 0 : missing < 0) return undefined;
  return Uint8Array.from([...head, ...Array<number>(missing).fill(0), ...tail]);
}

/** The bytes of `a:b:c`; the last part may be an IPv4 address where the whole address ends. */
function groups(text: string, isEnd: boolean): number[] | undefined {
  if (text === '') return [];
  const bytes: number[] = [];
  const parts = text.split(':');
  for (const [index, part] of parts.entries()) {
    if (/^[0-9a-fA-F]{1,4}$/.test(part)) {
      const group = Number.parseInt(part, 16);
      bytes.push(group >> 8, group & 0xff);
    } else {
      const v4 = isEnd && index === parts.length - 1 ? ipv4Bytes(part) : undefined;
      if (v4 === undefined) return undefined;
      bytes.push(...v4);
    }
  }
  return bytes;
}

/**
 * The host as it stands in a record: 4 or 16 address bytes, then the port in 4. An IPv4 address in IPv6 clothes
 * (`::ffff:1.2.3.4`, what dual-stack sockets report) becomes the IPv4 address, as Java sees it.
 * Throws ProtocolError when `address` is no numeric address or the port is out of range.
 */
export function hostBytes(address: string, port: number): HostBytes {
  let ip = addressBytes(address);
  if (ip === undefined) throw new ProtocolError(`not a numeric IP address: ${JSON.stringify(address)}`);
  if (!Number.isInteger(port) || port < 0 || port > 0xffff) throw new ProtocolError(`not a port: ${port}`);
  if (isMappedV4(ip)) ip = ip.subarray(12);
  const bytes = new Uint8Array(ip.length + 4);
  bytes.set(ip);
  writeInt32(bytes, ip.length, port);
  return bytes;
}

function isMappedV4(ip: Uint8Array): boolean {
  if (ip.length !== 16 || ip[10] !== 0xff || ip[11] !== 0xff) return false;
  for (let index = 0; index < 10; index++) if (ip[index] !== 0) return false;
  return true;
}

/** `1.2.3.4` or `2001:db8:0:0:0:0:0:2` (full form, as Java prints it). */
export function hostAddress(host: HostBytes): string {
  if (host.length === 8) return `${host[0]}.${host[1]}.${host[2]}.${host[3]}`;
  if (host.length !== 20) throw new ProtocolError(`a host has 8 or 20 bytes, not ${host.length}`);
  const parts: string[] = [];
  for (let at = 0; at < 16; at += 2) parts.push(((host[at]! << 8) | host[at + 1]!).toString(16));
  return parts.join(':');
}

export function hostPort(host: HostBytes): number {
  return readInt32(host, host.length - 4);
}

/** `1.2.3.4:10911` or `[2001:db8:0:0:0:0:0:2]:10911`. */
export function formatHost(host: HostBytes): string {
  const address = hostAddress(host);
  return host.length === 8 ? `${address}:${hostPort(host)}` : `[${address}]:${hostPort(host)}`;
}
