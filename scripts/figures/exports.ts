/** Which exports have a docstring. What is exported again from elsewhere counts where it stands. Pure. */
import type { Source } from './read-sources.ts';

export interface Export {
  /** `lib/async/clock.ts: Clock`. */
  readonly name: string;
  readonly documented: boolean;
}

export function listExports(sources: readonly Source[]): readonly Export[] {
  return sources.flatMap(({ path, text, program, comments }) => {
    const docs = comments.filter(({ type, value }) => type === 'Block' && value.startsWith('*'));
    const isDocumented = (start: number): boolean =>
      docs.some(({ end }) => end <= start && text.slice(end, start).trim() === '');
    return program.body.flatMap((statement) => {
      if (statement.type === 'ExportDefaultDeclaration')
        return [{ name: `${path}: default`, documented: isDocumented(statement.start) }];
      if (statement.type !== 'ExportNamedDeclaration' || statement.declaration === null) return [];
      return namesOf(statement.declaration).map((name) => ({
        name: `${path}: ${name}`,
        documented: isDocumented(statement.start),
      }));
    });
  });
}

type Declaration = NonNullable<
  Extract<Source['program']['body'][number], { type: 'ExportNamedDeclaration' }>['declaration']
>;

function namesOf(declaration: Declaration): readonly string[] {
  if (declaration.type === 'VariableDeclaration')
    return declaration.declarations.map(({ id }) => (id.type === 'Identifier' ? id.name : 'a pattern'));
  return 'id' in declaration && declaration.id !== null && 'name' in declaration.id
    ? [declaration.id.name]
    : ['?'];
}
