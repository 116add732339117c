/** Which of some names was meant: judged by the compiler, so only where a name is wrong already. Types only. */

/** Those of `Names` that differ from `S` by underscores; else by a letter; else by how they end; never for none. */
export type NearestOf<S extends string, Names extends string> = FirstOf<
  Alike<Squashed<S>, Names>,
  FirstOf<LettersAway<Squashed<S>, Names>, Longer<Squashed<S>, Names>>
>;

type FirstOf<A, B> = [A] extends [never] ? B : A;

type Alike<S extends string, Names extends string> = {
  [N in Names]: Squashed<N> extends S ? N : never;
}[Names];

type LettersAway<S extends string, Names extends string> = {
  [N in Names]: [Extract<S | Shorter<S>, Squashed<N> | Shorter<Squashed<N>>>] extends [never] ? never : N;
}[Names];

type Longer<S extends string, Names extends string> = {
  [N in Names]: Squashed<N> extends `${S}${string}` ? N : S extends `${Squashed<N>}${string}` ? N : never;
}[Names];

/** The texts that have one letter less. Two texts share one where a letter is missing, wrong, too many, or swapped. */
type Shorter<
  S extends string,
  Before extends string = '',
  Found extends string = never, // gathered on the way: the compiler follows no text of fifty letters otherwise
> = S extends `${infer First}${infer Rest}`
  ? Shorter<Rest, `${Before}${First}`, Found | `${Before}${Rest}`>
  : Found;

type Squashed<S extends string> = S extends `${infer A}_${infer B}`
  ? `${Lowercase<A>}${Squashed<B>}`
  : S extends `${infer A}-${infer B}`
    ? `${Lowercase<A>}${Squashed<B>}`
    : Lowercase<S>;
