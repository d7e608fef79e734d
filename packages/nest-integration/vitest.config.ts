import { defineConfig, mergeConfig } from 'vitest/config';
import base from '../../vitest.base.js';

/** Nest, the SDK and a whole server are much to load: a worker keeps them from file to file. */
export default mergeConfig(base, defineConfig({ test: { isolate: false } }));
