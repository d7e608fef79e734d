import { registerBroker, topicRouteData } from '@cometmq/protocol';
import { it } from 'vitest';
import { namesrvExchanges } from './golden.js';
import { TestNameServer } from './harness.js';
it('x', async () => {
  const ns = await new TestNameServer().start();
  const full = namesrvExchanges(103).find(({ file }) => file.endsWith('479-7.bin'))!;
  const { header, extra } = { header: registerBroker.request.decode({ ...full.request.fields, enableActingMaster: 'false' }), extra: 0 };
  const conn = ns.connect();
  console.log(await ns.askOver(conn, registerBroker, header, { body: full.request.body }));
  for (const e of namesrvExchanges(105)) {
    const a = await ns.replay(e.bytes);
    const exp = e.answer!;
    const same = exp && JSON.stringify([a!.code, new TextDecoder().decode(a!.body)]) === JSON.stringify([exp.code, new TextDecoder().decode(exp.body)]);
    if (!same) console.log(e.file, e.scenario, e.request.fields, exp?.code, a?.code, '\n', exp && new TextDecoder().decode(exp.body), '\n', new TextDecoder().decode(a!.body));
  }
});
