import { openClient } from '../clients/open-client.js';

/** From nothing to one acknowledged message; whoever started this process holds the watch. */
const client = await openClient(process.argv[2] ?? '', process.argv[3] ?? '');
await client.send('bench-cold', Buffer.alloc(128, 'x'));
process.stdout.write('{"acknowledged":true}\n');
process.exit(0);
