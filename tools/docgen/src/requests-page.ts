import { type AccessRule, allRequests } from '@cometmq/protocol';
import { markdownTable } from './markdown-table.js';
import { type Answerer, whoAnswers } from './who-answers.js';

/** docs/requests.md; `sdkSources` is the folder of the SDK's sources. */
export function requestsPage(sdkSources: string): string {
  const answerers = Object.entries(whoAnswers(sdkSources)) as [Answerer, ReadonlySet<number>][];
  const rows = allRequests
    .toSorted((a, b) => a.code - b.code)
    .map(({ access, code, name }) => {
      const here = answerers.filter(([, codes]) => codes.has(code)).map(([who]) => who);
      return [String(code), name, here.length === 0 ? 'not yet' : here.join(', '), accessText(access)];
    });
  const counts = answerers.map(([who, codes]) => `${who} ${codes.size}`).join(', ');
  return `<!-- Written from the request definitions and the processors by \`npm run docs\`: change those. -->

# Requests

All ${rows.length} requests that Apache RocketMQ 5.3.3 declares, and who answers them here (${counts}). The rest is answered
REQUEST_CODE_NOT_SUPPORTED (3). Access: what the caller must be allowed to do once access control is on; headers and bodies stand in
\`packages/protocol/src/requests/<family>.ts\`.

${markdownTable(['code', 'name', 'answered by', 'access'], rows)}
`;
}

function accessText(rule: AccessRule): string {
  if (rule === 'none') return 'none';
  return rule
    .map(({ actions, field, inBody, resource }) => {
      const where = inBody === true ? ' in the body' : field === undefined ? '' : ` \`${field}\``;
      return `${actions.join(' or ')} ${resource}${where}`;
    })
    .join('; ');
}
