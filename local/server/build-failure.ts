/** Why the functions could not be built, or settings not be read, for whoever wrote them. Pure. */
import { SettingsError } from './settings.ts';
import { StartError } from './start-error.ts';

/** Where esbuild found the mistake, it has printed itself; what the check of the handlers found is in the error. */
export function explainBuildFailure(error: unknown): string {
  if (error instanceof StartError) return error.message;
  if (error instanceof SettingsError)
    return `The settings in .env or the environment cannot be used:\n${error.message.replaceAll(/^/gm, '  - ')}`;
  if (error instanceof SyntaxError) return `world.json is no JSON: ${error.message}`;
  const [what = ''] = (error instanceof Error ? error.message : String(error)).split(':\n');
  const because = error instanceof Error && error.cause instanceof Error ? `\n  ${error.cause.message}` : '';
  return `The functions could not be built: ${what}${because}`;
}
