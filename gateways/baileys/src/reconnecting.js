/**
 * What follows when a connection to WhatsApp ends: one rule a reason, as data. Never a loop: every way back waits longer
 * each time, and what only a person can put right stops.
 *
 * The numbers are those of Baileys' `DisconnectReason` and of the server's `failure` and `stream:error`.
 */

import { waitMs } from './backoff.js'

/** Stops: the reason that the session shows, and whether the link to the phone is gone with it. */
const STOPS = {
  401: { reason: 'logged_out', forget: true },
  402: { reason: 'temporarily_banned' },
  403: { reason: 'banned' },
  405: { reason: 'client_outdated' },
  406: { reason: 'logged_out', forget: true },
  409: { reason: 'client_outdated' },
  411: { reason: 'multidevice_mismatch', forget: true },
}

/** Ways back. `most`: so often in a row without an open connection, then it stops with `reason`. */
const RETURNS = {
  unreachable: { why: 'unreachable' },
  408: { why: 'timed_out' },
  428: { why: 'connection_closed' },
  503: { why: 'unavailable' },
  515: { why: 'restart_required', first: 200, most: 5, reason: 'restart_loop' },
  500: { why: 'bad_session', first: 5000, most: 3, reason: 'bad_session' },
  // Another program took the session over. Once, because our own former connection may have lingered; then it is a fight.
  440: { why: 'replaced', first: 45_000, most: 1, reason: 'replaced', within: 600_000 },
}
/** Where WhatsApp did not answer at all: a proxy did, or nobody, or with a certificate that is not believed. */
const UNREACHABLE = 'unreachable'
const OTHER = { why: 'unknown', first: 5000, most: 10 }

/**
 * Why a connection ended: WhatsApp's number, or `unreachable`. The library puts the HTTP status of whoever answered the opening
 * handshake in the place of WhatsApp's own numbers, and 500 for a bad certificate: none of them says anything of the phone.
 * @param {Error & {output?: {statusCode?: number}}} error what the library gave
 */
export function causeOf(error) {
  if (String(error?.message ?? '').startsWith('WebSocket Error (')) return UNREACHABLE
  return error?.output?.statusCode ?? 0
}

/**
 * @param {number | 'unreachable'} code why the connection ended
 * @param {{linked: boolean, failures: number, sameReason: number, random?: () => number}} facts
 *   `linked`: a phone is linked; `failures`: ends in a row, this one included, without an open connection that lasted;
 *   `sameReason`: how many of the recent ends had this code, this one included
 * @returns {{act: 'return', why: string, waitMs: number} | {act: 'stop', reason: string, forget: boolean}}
 */
export function decide(code, { linked, failures, sameReason, random = Math.random }) {
  const stop = STOPS[code]
  if (stop) return { act: 'stop', reason: stop.reason, forget: stop.forget ?? false }
  const rule = RETURNS[code] ?? { ...OTHER, reason: `unknown_${Number.isInteger(code) ? code : 0}` }
  // Before a phone is linked there is nothing to come back to but the next set of QR codes; the caller counts those.
  if (rule.most && sameReason > rule.most) return { act: 'stop', reason: rule.reason, forget: false }
  const first = linked || code === 515 ? rule.first ?? 1000 : 1000
  return { act: 'return', why: rule.why, waitMs: waitMs(rule.within ? 1 : failures, { first, random }) }
}

/** How long ends of one kind are remembered, in milliseconds. */
export function rememberMs(code) {
  return RETURNS[code]?.within ?? 0
}
