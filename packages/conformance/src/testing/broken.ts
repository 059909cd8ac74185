/** An implementation that is broken in one way, the requirement that it violates, and how to break an intact one. */
export type Broken<T> = readonly [what: string, requirement: string, damage: (intact: T) => T];
