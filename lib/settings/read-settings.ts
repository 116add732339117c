/** The values of a handler's settings, when it runs. */
import { ServiceFault } from '../faults.ts';
import type { SecretCache } from '../secrets/secret-cache.ts';
import { type DeclaredSettings, findSettingProblems, toSecretIdVariable } from './declared.ts';

/** The settings of one handler, as texts, and which of them no log may show. */
export interface GivenSettings {
  readonly values: Readonly<Record<string, string>>;
  /** Those among them that no log and no answer may show. */
  readonly secrets: readonly string[];
}

/**
 * @throws ServiceFault `config_invalid` where the environment lacks one, `setting_missing` where its secret has no
 *         value, `secrets_unavailable` where the store fails.
 */
export type ReadSettings = (declared: DeclaredSettings, signal: AbortSignal) => Promise<GivenSettings>;

interface ReadSettingsDeps {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly secretCache: SecretCache;
}

/** Texts are those of the environment; secrets are as fresh as `secretCache` keeps them. */
export function createSettingsReader({ env, secretCache }: ReadSettingsDeps): ReadSettings {
  const readSecret = async (name: string, signal: AbortSignal): Promise<string> => {
    const id = env[toSecretIdVariable(name)]?.trim() ?? '';
    const cached = toValue(await secretCache.read(id, signal));
    // What was empty a moment ago may have been filled since.
    const value = cached === '' ? toValue(await secretCache.refresh(id, signal)) : cached;
    if (value !== '') return value;
    throw new ServiceFault(
      'setting_missing',
      `The secret that ${toSecretIdVariable(name)} names has no value: put the setting ${name} into it.`,
      { detail: name },
    );
  };

  return async (declared, signal) => {
    const problems = findSettingProblems(declared, env);
    if (problems.length > 0) {
      throw new ServiceFault('config_invalid', `The environment is not usable: ${problems.join('; ')}.`);
    }
    const secrets: string[] = [];
    const entries = await Promise.all(
      Object.entries(declared).map(async ([name, kind]) => {
        if (kind === 'text') return [name, env[name] ?? ''] as const;
        const value = await readSecret(name, signal);
        secrets.push(value);
        return [name, value] as const;
      }),
    );
    return { values: Object.fromEntries(entries), secrets };
  };
}

/** Line breaks at the end, which `echo` and editors leave, are no part of it; nor is a byte order mark. */
function toValue({ current }: Awaited<ReturnType<SecretCache['read']>>): string {
  const text = (current?.text ?? '').replace(/^\uFEFF/, '').replace(/[\r\n]+$/, '');
  return text.trim() === '' ? '' : text;
}
