type CloseListener = (error: Error | undefined) => void;

/** Who wants to know that something has ended. Nothing is held while nobody does. */
export class CloseListeners {
  #listeners: Set<CloseListener> | undefined;

  /** Returns how to take the listener out again. */
  add(listener: CloseListener): () => void {
    this.#listeners ??= new Set();
    this.#listeners.add(listener);
    return () => void this.#listeners?.delete(listener);
  }

  /** Tells everybody once; a listener that throws does not keep the news from the others. */
  notify(error: Error | undefined, onFailure: (failure: unknown) => void): void {
    const listeners = this.#listeners;
    this.#listeners = undefined;
    for (const listener of listeners ?? []) {
      try {
        listener(error);
      } catch (failure) {
        onFailure(failure);
      }
    }
  }
}
