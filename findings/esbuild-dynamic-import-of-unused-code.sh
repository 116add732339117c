#!/usr/bin/env bash
# esbuild 0.28.2, splitting: a module that only unused code would import dynamically still becomes a chunk.
#
# The entry uses `a` of an index that also exports `b`; the package says "sideEffects": false. `b` is shaken away, and its
# module with it: the entry holds no text of it. But `b` has `import('./heavy.js')`, and heavy.js is written as a chunk of
# its own all the same, though nothing in the output refers to it. What heavy.js shares with the entry moves out of the
# entry into a further chunk, which is loaded at every start. So one index for several functions of a serverless app gives
# each function the others' chunks; whoever counts a function's files, or zips them, meets them.
#
# Output seen:
#   chunks: 2, heavy.js among them: true, referred to by the entry: false, shared code inside the entry: false
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund esbuild@0.28.2
mkdir dep
printf '{"name":"dep","type":"module","sideEffects":false}' > dep/package.json
printf 'export { a } from "./a.js";\nexport { b } from "./b.js";\n' > dep/index.js
printf 'import { shared } from "./shared.js";\nexport const a = () => shared("of a");\n' > dep/a.js
printf 'export const b = async () => "of b" + (await import("./heavy.js")).heavy;\n' > dep/b.js
printf 'import { shared } from "./shared.js";\nexport const heavy = shared("HEAVY");\n' > dep/heavy.js
printf 'export const shared = (text) => "SHARED " + text;\n' > dep/shared.js
printf 'import { a } from "./dep/index.js";\nconsole.log(a());\n' > entry.js
npx esbuild entry.js --bundle --splitting --format=esm --outdir=out --log-level=error

entry=$(cat out/entry.js)
chunks=$(find out -name '*.js' ! -name entry.js | wc -l)
heavy=$(basename "$(grep -l HEAVY out/*.js)")
has() { case "$entry" in *"$1"*) echo true ;; *) echo false ;; esac; }
told="chunks: $((chunks)), heavy.js among them: $([ "$heavy" != entry.js ] && echo true || echo false), referred to by the entry: $(has "$heavy"), shared code inside the entry: $(has 'SHARED')"
echo "$told"
[ "$(has 'of b')" = false ] || { echo 'b is not shaken away'; exit 1; }
[ "$told" = 'chunks: 2, heavy.js among them: true, referred to by the entry: false, shared code inside the entry: false' ]
