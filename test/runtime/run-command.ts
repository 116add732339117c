/** Commands of others: npm, apt-get. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';

interface CommandOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
}

/** @throws Error with all that the command said where it fails; otherwise nobody wants to read it. */
export async function runCommand(
  command: string,
  args: readonly string[],
  { cwd = '.', env = process.env }: CommandOptions = {},
): Promise<void> {
  const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  const [code]: (number | null)[] = await once(child, 'close');
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${code}:\n${output}`);
}
