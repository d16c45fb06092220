/** From what Baileys tells to our webhook events. No state here. */

import { digitsOf, isPerson, lidOf } from './addresses.js'

/** Baileys' status of a message of ours to our word; 1 (pending) says nothing. */
const STATUS = { 0: 'failed', 2: 'sent', 3: 'delivered', 4: 'read', 5: 'read' }

/** Layers around the message proper. */
const LAYERS = [
  'ephemeralMessage',
  'viewOnceMessage',
  'viewOnceMessageV2',
  'viewOnceMessageV2Extension',
  'documentWithCaptionMessage',
  'editedMessage',
  'deviceSentMessage',
  'associatedChildMessage',
]
const MEDIA = { image: 'imageMessage', video: 'videoMessage', audio: 'audioMessage', document: 'documentMessage', sticker: 'stickerMessage' }
const PROTOCOL = { 0: 'revoke', REVOKE: 'revoke', 14: 'edit', MESSAGE_EDIT: 'edit' }
/** What comes with a message, or between devices, and says nothing to a person. */
const SILENT = ['messageContextInfo', 'senderKeyDistributionMessage', 'protocolMessage', 'keepInChatMessage', 'encReactionMessage']

/** `{whatsapp, status, code}` of one element of `messages.update`, or null where it says nothing about our messages. */
export function statusOf({ key, update }) {
  const status = STATUS[update?.status]
  if (!key?.fromMe || !key.id || !status) return null
  const code = status === 'failed' ? String(update.messageStubParameters?.[0] ?? 'no_reason').slice(0, 32) : ''
  return { whatsapp: key.id, status, code }
}

/** Who is on the other side of a message: digits where they are known, the hidden number where there is one. */
export function personOf(key) {
  const addresses = [key?.remoteJid, key?.remoteJidAlt, key?.senderPn, key?.senderLid]
  return {
    phone: addresses.map(digitsOf).find(Boolean) ?? '',
    lid: addresses.map(lidOf).find(Boolean) ?? '',
  }
}

/**
 * What a person sent, or what the business sent from its phone; null for what is no message of a person's chat (groups,
 * states, signals between devices) and for what could not be decrypted yet (it comes again).
 */
export function messageOf(whole) {
  const { key, message, messageTimestamp, pushName } = whole
  if (!key?.id || !isPerson(key.remoteJid) || !message) return null
  const read = contentOf(unwrap(message))
  if (!read) return null
  const { phone, lid } = personOf(key)
  return {
    provider_id: key.id,
    at: seconds(messageTimestamp),
    from: phone,
    lid,
    name: key.fromMe ? '' : String(pushName ?? '').slice(0, 200),
    ...read,
  }
}

/** The message without the layers around it. */
export function unwrap(message) {
  for (let depth = 0; depth < 6; depth += 1) {
    const layer = LAYERS.find((name) => message[name]?.message)
    if (!layer) return message
    message = message[layer].message
  }
  return message
}

function contentOf(message) {
  if (typeof message.conversation === 'string' && message.conversation) return { kind: 'text', text: message.conversation }
  if (message.extendedTextMessage) {
    return { kind: 'text', text: message.extendedTextMessage.text ?? '', ...context(message.extendedTextMessage) }
  }
  for (const [kind, name] of Object.entries(MEDIA)) if (message[name]) return file(kind, message[name])
  return chosen(message) ?? placed(message) ?? reacted(message) ?? changed(message) ?? unknown(message)
}

function file(kind, one) {
  const media = { mime: one.mimetype ?? '', filename: one.fileName ?? '', voice: one.ptt === true, size: Number(one.fileLength ?? 0) }
  return { kind, text: one.caption ?? '', media, ...context(one) }
}

function chosen(message) {
  const { buttonsResponseMessage: button, templateButtonReplyMessage: quick, listResponseMessage: list } = message
  if (button) return { kind: 'button', text: button.selectedDisplayText ?? '', choice: button.selectedButtonId ?? '', ...context(button) }
  if (quick) return { kind: 'button', text: quick.selectedDisplayText ?? '', choice: quick.selectedId ?? '', ...context(quick) }
  if (list) return { kind: 'list', text: list.title ?? '', choice: list.singleSelectReply?.selectedRowId ?? '', ...context(list) }
  return null
}

function placed(message) {
  const at = message.locationMessage ?? message.liveLocationMessage
  if (at) {
    const location = { latitude: at.degreesLatitude, longitude: at.degreesLongitude, name: at.name ?? '', address: at.address ?? '' }
    return { kind: 'location', text: at.caption ?? at.comment ?? '', location, ...context(at) }
  }
  const cards = message.contactMessage ? [message.contactMessage] : message.contactsArrayMessage?.contacts
  return cards ? { kind: 'contacts', text: '', contacts: cards.map(({ displayName, vcard }) => ({ name: displayName, vcard })) } : null
}

function reacted(message) {
  const one = message.reactionMessage
  return one ? { kind: 'reaction', text: one.text ?? '', reply_to: one.key?.id ?? null } : null
}

/** A message that was changed or taken back. */
function changed(message) {
  const one = message.protocolMessage
  const kind = PROTOCOL[one?.type]
  if (!kind || !one.key?.id) return null
  const text = kind === 'edit' ? contentOf(unwrap(one.editedMessage ?? {}))?.text ?? '' : ''
  return { kind, text, original: one.key.id }
}

function unknown(message) {
  const name = Object.keys(message).find((one) => message[one] && !SILENT.includes(one))
  return name ? { kind: 'unsupported', text: '', unknown: name } : null
}

function context(one) {
  const info = one.contextInfo
  const found = {}
  if (info?.stanzaId) found.reply_to = info.stanzaId
  if (info?.isForwarded) found.forwarded = true
  return found
}

/** Seconds since 1970 as a number, whether it came as a number, a text or a long integer. */
export function seconds(value) {
  const found = typeof value === 'object' && value !== null ? Number(value.toString()) : Number(value)
  return Number.isSafeInteger(found) && found > 0 ? found : Math.floor(Date.now() / 1000)
}

/** The account's restriction on writing to new people, as `connection.update` tells it. */
export function timeLockOf(one) {
  const ends = one?.timeEnforcementEnds
  const until = ends instanceof Date ? ends : ends ? new Date(Number(ends) > 1e12 ? Number(ends) : Number(ends) * 1000) : null
  const known = until && !Number.isNaN(until.getTime())
  return { active: one?.isActive === true, until: known ? until.toISOString() : null, type: String(one?.enforcementType ?? '') }
}

/** The quota of new chats, as `message-capping.update` tells it. */
export function cappingOf(one) {
  const ends = Number(one?.cycle_end_timestamp ?? 0)
  const until = ends > 0 ? new Date(ends > 1e12 ? ends : ends * 1000).toISOString() : null
  return { status: String(one?.capping_status ?? 'NONE'), total: Number(one?.total_quota ?? 0), used: Number(one?.used_quota ?? 0), until }
}
