// Objects to collect, buffers, a child process, a worker, and an exit status.
const { execFileSync, spawnSync } = require("child_process");
const { Worker } = require("worker_threads");
const zlib = require("zlib");

let objects = [];
for (let round = 0; round < 5; round++) {
  objects = [];
  for (let i = 0; i < 50000; i++) objects.push({ i: String(i), b: [i, i] });
}
const text = Buffer.from(objects.map((o) => o.i).join(","));
console.log(zlib.gunzipSync(zlib.gzipSync(text)).equals(text));
console.log(execFileSync("echo", ["hi"]).toString().trim());
console.log(spawnSync("sh", ["-c", "exit 4"]).status);
const worker = new Worker(
  "require('worker_threads').parentPort.postMessage(6 * 7)",
  { eval: true },
);
worker.on("message", (m) => console.log("worker", m));
worker.on("exit", () => process.exit(3));
