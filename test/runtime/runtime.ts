/** A packaged function in a process of AWS's own runtime client, as Lambda's runtime `nodejs24.x` has it. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { setImmediate } from 'node:timers/promises';
import type { LambdaFunction } from '../../local/aws/lambda.ts';
import { openRuntimeApi } from './runtime-api.ts';

interface RuntimeOptions {
  /** Path of `aws-lambda-ric`. */
  readonly client: string;
  /** Folder of what was in its zip. */
  readonly taskRoot: string;
  /** `dist/functions/webhook.handler`. */
  readonly handler: string;
  readonly timeoutMs: number;
  /** Of its own; what the runtime brings is added. */
  readonly env: Readonly<Record<string, string>>;
  readonly onLine: (line: string) => void;
  /** Told of every body that the process sends to Lambda. */
  readonly onReport: (body: string) => void;
}

/**
 * Resolves when the function has finished its init; rejects with what it reported where that fails. As at
 * Lambda, the process stands still between events: what an event left behind goes on within the next one.
 */
export async function startRuntime({
  client,
  taskRoot,
  handler,
  timeoutMs,
  env,
  onLine,
  onReport,
}: RuntimeOptions): Promise<LambdaFunction> {
  const api = await openRuntimeApi(
    {
      freeze: () => void child.kill('SIGSTOP'),
      thaw: () => void child.kill('SIGCONT'),
      kill: () => void child.kill('SIGKILL'),
    },
    { timeoutMs, onReport },
  );
  const lines: string[] = [];
  // The version of Node that runs this is the one of the lockfile: 24.
  const child = spawn(process.execPath, [client], {
    cwd: taskRoot,
    env: { ...toPlatformEnv(api.address, taskRoot, handler), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      lines.push(line);
      onLine(line);
    });
  }
  // A frozen process would outlive this one.
  const kill = (): void => void child.kill('SIGKILL');
  process.once('exit', kill);
  const exited = new Promise<number | null>((resolve) => void child.once('close', resolve));
  const ended = end();

  async function end(): Promise<void> {
    const code = await exited;
    process.off('exit', kill);
    // Whoever starts a new process hears of the end before whoever sends the next event.
    await setImmediate();
    api.end(`Runtime.ExitError: Runtime exited with ${child.signalCode ?? `status ${code}`}`);
    await api.close();
  }

  try {
    await api.initialised;
  } catch (error) {
    child.kill('SIGKILL');
    await ended;
    throw error;
  }
  return {
    lines,
    exited,
    invoke: (event) => api.invoke(event),
    async close() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

/** Source: AWS docs, "Working with Lambda environment variables", reserved ones. */
function toPlatformEnv(address: string, taskRoot: string, handler: string): Record<string, string> {
  return {
    _HANDLER: handler,
    AWS_LAMBDA_RUNTIME_API: address,
    LAMBDA_TASK_ROOT: taskRoot,
    AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
    AWS_LAMBDA_FUNCTION_NAME: 'hookmint',
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '512',
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_LAMBDA_LOG_FORMAT: 'JSON',
    AWS_LAMBDA_LOG_GROUP_NAME: '/aws/lambda/hookmint',
    AWS_LAMBDA_LOG_STREAM_NAME: '2026/01/01/[$LATEST]0123456789abcdef',
    LANG: 'en_US.UTF-8',
    TZ: ':UTC',
    PATH: process.env['PATH'] ?? '',
  };
}
