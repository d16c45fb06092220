/** How long to wait before something is tried again: doubling, never longer than `longest`, with jitter of a half. */

/**
 * @param {number} times how often it failed in a row, from 1
 * @param {{first?: number, longest?: number, random?: () => number}} [options] milliseconds
 */
export function waitMs(times, { first = 1000, longest = 300_000, random = Math.random } = {}) {
  const base = Math.min(longest, first * 2 ** Math.min(times - 1, 30))
  return Math.round(base * (0.75 + random() * 0.5))
}
