// How the bundle reads pino: without what it would need for transports, which have threads and files of their own.
// It changes nothing of a log that is written by this process. Read, they load Node's worker threads and assertions at every
// start: 4 ms of CPU time.

const STANDS_FOR = {
  "thread-stream":
    'module.exports = class { constructor() { throw new Error("pino has no transports in the bundle") } }',
  worker_threads: "module.exports = { isMainThread: true }",
  assert: "module.exports = (holds, message) => { if (!holds) throw new Error(message) }",
}

/** A plugin of esbuild; before the one for Node's own modules. */
export const pinoWithoutThreads = {
  name: "pino-without-threads",
  setup(build) {
    build.onResolve({ filter: /^(?:thread-stream|worker_threads|assert)$/ }, ({ path, importer }) =>
      /node_modules[\\/](?:pino|sonic-boom)[\\/]/.test(importer) ? { path, namespace: "instead" } : undefined,
    )
    build.onLoad({ filter: /./, namespace: "instead" }, ({ path }) => ({ contents: STANDS_FOR[path], loader: "js" }))
  },
}
