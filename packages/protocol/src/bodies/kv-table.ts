import type { Infer } from './body-shape.js';
import { object } from './object-shape.js';
import { map, text } from './shapes.js';

export const kvTable = object('KVTable', { table: map(text()) });
export interface KVTable extends Infer<typeof kvTable> {}
