/**
 * Runs an action over items as they come, a few at a time, and hands out results in the order of the items. Never holds
 * more than `width` of them.
 */
export async function* orderedConcurrent<T, R>(
  items: AsyncIterable<T> | Iterable<T>,
  width: number,
  action: (item: T) => Promise<R>,
): AsyncGenerator<R> {
  const running: Promise<R>[] = [];
  try {
    for await (const item of items) {
      running.push(action(item));
      if (running.length >= width) yield await running.shift()!;
    }
    while (running.length > 0) yield await running.shift()!;
  } finally {
    // A reader that leaves early, or a failure, leaves nothing running behind it.
    await Promise.allSettled(running);
  }
}
