// `node ../../tools/bundle/bundle-package.mjs` in a package's folder, after `tsc -b` wrote the declarations.
import { bundlePackage } from './bundle.mjs';

await bundlePackage(process.cwd());
