/**
 * Begins to load a model, so that the first turn need not wait. What fails is told by its first use, which loads again; a plain
 * JavaScript model may load without a promise.
 */
export function prepare(model: { load?(): Promise<void> | void }): void {
  void Promise.resolve()
    .then(() => model.load?.())
    .catch(() => undefined);
}
