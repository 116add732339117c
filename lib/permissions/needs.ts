/**
 * What each route of GitHub's REST API needs of an installation token, as data: for tools, never for a function.
 *
 * Source: endpoints.json, which says where it is from.
 */
import table from './endpoints.json' with { type: 'json' };

/** Levels by name of the permission. */
export type Levels = Readonly<Record<string, string>>;

/** What an installation token must carry for a route. */
export type RouteNeed =
  /** One whole alternative must be held. */
  | { readonly kind: 'permissions'; readonly alternatives: readonly Levels[] }
  /** Any installation token may call it. */
  | { readonly kind: 'none' }
  /** It exists, and nobody published what it needs. */
  | { readonly kind: 'unpublished' }
  /** No installation token may call it. */
  | { readonly kind: 'user_only' };

/** By route, as GitHub's documentation writes it. */
export const ROUTE_NEEDS: readonly (readonly [route: string, need: RouteNeed])[] = [
  ...Object.entries(table.needs).flatMap(([accepted, routes]) => {
    const need = { kind: 'permissions', alternatives: parseAccepted(accepted) } as const;
    return routes.map((route) => [route, need] as const);
  }),
  ...(['none', 'unpublished'] as const).flatMap((kind) =>
    table[kind].map((route) => [route, { kind }] as const),
  ),
  ...table.userOnly.map((route) => [route, { kind: 'user_only' }] as const),
];

function parseAccepted(accepted: string): readonly Levels[] {
  return accepted
    .split('; ')
    .map((alternative): Levels => Object.fromEntries(alternative.split(',').map((each) => each.split('='))));
}
