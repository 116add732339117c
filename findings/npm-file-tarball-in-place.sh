#!/usr/bin/env bash
# npm 11.19.1: `npm install` does not notice that a tarball that package.json names by path was replaced in place.
#
# An app depends on "dep": "file:vendor/dep.tgz". A newer tarball is put under the same path. `npm install` says
# "up to date" and leaves version 1.0.0, also where package-lock.json was deleted, because npm goes by the path that the
# lockfile in node_modules names. `npm ci` installs 1.0.0 again, out of its cache, although the file on disk is another
# one. Only `npm install file:vendor/dep.tgz` and `npm update dep` take the new file; neither changes package.json.
#
# Output seen:
#   npm install                       1.0.0
#   npm install without its lockfile  1.0.0
#   npm ci                            1.0.0
#   npm install file:vendor/dep.tgz   2.0.0
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --prefix tool npm@11.19.1
export npm_config_cache="$folder/cache" npm_config_audit=false npm_config_fund=false npm_config_update_notifier=false
npm11() { node "$folder/tool/node_modules/npm/bin/npm-cli.js" "$@"; }

for version in 1.0.0 2.0.0; do
  mkdir -p "dep-$version"
  printf '{"name":"dep","version":"%s"}' "$version" > "dep-$version/package.json"
  (cd "dep-$version" && npm11 pack --silent > /dev/null)
done
mkdir -p app/vendor
cd app
printf '{"name":"app","private":true,"dependencies":{"dep":"file:vendor/dep.tgz"}}' > package.json

# Version 1 installed, version 2 in its place, then the command; prints which version is there.
after() {
  rm -rf node_modules package-lock.json
  cp ../dep-1.0.0/dep-1.0.0.tgz vendor/dep.tgz
  npm11 install --silent
  cp ../dep-2.0.0/dep-2.0.0.tgz vendor/dep.tgz
  "$@" > /dev/null 2>&1 || true
  node -p 'require("./node_modules/dep/package.json").version'
}
without_lockfile() { rm package-lock.json; npm11 install; }

expect() {
  printf '%-32s  %s\n' "$1" "$3"
  [ "$2" = "$3" ] || { echo "expected $2: npm behaves in another way now"; exit 1; }
}
expect 'npm install' 1.0.0 "$(after npm11 install)"
expect 'npm install without its lockfile' 1.0.0 "$(after without_lockfile)"
expect 'npm ci' 1.0.0 "$(after npm11 ci)"
expect 'npm install file:vendor/dep.tgz' 2.0.0 "$(after npm11 install file:vendor/dep.tgz)"
