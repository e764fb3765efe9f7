// Bundles a page's script: the arguments name the entry and the file to write.
const { buildSync } = require("esbuild");

const [entry, outfile] = process.argv.slice(2);
buildSync({
  entryPoints: [entry],
  outfile,
  bundle: true,
  minify: true,
  define: { "process.env.NODE_ENV": '"production"' },
  nodePaths: [process.env.NODE_PATH],
  logLevel: "warning",
});
