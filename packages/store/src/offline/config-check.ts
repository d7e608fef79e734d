import { parseJson, ProtocolError } from '@cometmq/protocol';
import type { DamagedConfig, Findings } from './report.js';
import type { StoreFiles } from './store-files.js';

/** Files of Apache's ConfigManager without the ending of the others (store-format, section 1). */
const PLAIN_NAMES: ReadonlySet<string> = new Set(['timermetrics', 'transactionMetrics']);

const isConfig = (name: string): boolean => name.endsWith('.json') || PLAIN_NAMES.has(name);

type Content = 'sound' | 'damaged' | 'missing';

function contentOf(files: StoreFiles, path: string): Content {
  const text = files.text(path);
  if (text === undefined || text.length === 0) return 'missing';
  try {
    parseJson(text);
    return 'sound';
  } catch (error) {
    if (error instanceof ProtocolError) return 'damaged';
    throw error;
  }
}

/** Reads all JSON files of the directory `config`; returns those that a broker would not be able to read. */
export function checkConfig(files: StoreFiles, findings: Findings): DamagedConfig[] {
  const names = files.disk
    .listSync(`${files.root}/config`)
    .filter(({ directory }) => !directory)
    .map(({ name }) => (name.endsWith('.bak') ? name.slice(0, -4) : name));
  const damaged: DamagedConfig[] = [];
  for (const name of new Set(names.filter(isConfig))) {
    const path = `${files.root}/config/${name}`;
    const backup = contentOf(files, `config/${name}.bak`);
    if (backup === 'damaged') findings.note('config', `${path}.bak`, 'cannot be read as JSON');
    const content = contentOf(files, `config/${name}`);
    // Without the file a broker takes the backup.
    if (content === 'sound' || (content === 'missing' && backup !== 'damaged')) continue;
    findings.damage('config', path, `cannot be read as JSON; its backup is ${backup}`);
    damaged.push({ path, backup });
  }
  return damaged;
}
