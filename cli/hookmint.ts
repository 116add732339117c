/** The command `hookmint` as a process. */
import { bearClosedPipes } from './io/closed-pipes.ts';
import { surroundingsOfProcess } from './io/surroundings.ts';
import { runCommand } from './run-command.ts';

bearClosedPipes(process.stdout, process.stderr);
let isToEnd = false;
const code = await runCommand(process.argv.slice(2), {
  ...surroundingsOfProcess(),
  endProcess: () => {
    isToEnd = true;
  },
});
// A command of an older kind says so itself.
if (code !== 0) process.exitCode = code;
// What was written is on its way first.
if (isToEnd) process.stdout.write('', () => process.exit());
