/** Keeps the routes that handlers call while `npm start` runs, for `hookmint grants`. */
import { parseJson, readText } from '../../lib/json/json.ts';
import type { LineCode } from '../../lib/log/messages.ts';
import { recordRoutes } from '../runs/recorded-routes.ts';

const CALL_LINE: LineCode = 'github_call';

/**
 * @param line   Of a function's output.
 * @param readAt When the function's code was read, or before.
 */
export async function recordCall(folder: string, line: string, readAt: Date): Promise<void> {
  if (!line.includes(`"${CALL_LINE}"`)) return; // most lines are others
  const json = parseJson(line);
  const [code, handler, method, path] = ['code', 'handler', 'method', 'path'].map((name) =>
    readText(json, name),
  );
  if (code !== CALL_LINE || handler === undefined || method === undefined || path === undefined) return;
  await recordRoutes(folder, { handler, readAt, calls: [{ method, path }] });
}
