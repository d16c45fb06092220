/** The one place that knows the library: Baileys, at the version in package.json. */

import { BufferJSON, Browsers, DEFAULT_CONNECTION_CONFIG, initAuthCreds, makeCacheableSignalKeyStore, makeWASocket, proto } from 'baileys'

import { isPerson } from './addresses.js'
import { libraryLog } from './log.js'

/** How keys become JSON and come back. */
export const codec = {
  fresh: initAuthCreds,
  replacer: BufferJSON.replacer,
  reviver: BufferJSON.reviver,
  revive: (type, value) => (type === 'app-state-sync-key' ? proto.Message.AppStateSyncKeyData.fromObject(value) : value),
}

/**
 * Makes the function that opens a connection.
 * @param {{waUrl: string, log: object}} options `waUrl`: another server than WhatsApp's, for tests
 * @returns {(auth: object, getMessage: (key: object) => object | undefined) => object} a socket of Baileys
 */
export function connector({ waUrl, log }) {
  const logger = libraryLog(log)
  return (auth, getMessage) =>
    makeWASocket({
      auth: { creds: auth.creds, keys: makeCacheableSignalKeyStore(auth.keys, logger) },
      logger,
      browser: Browsers.ubuntu('Qafila'),
      waWebSocketUrl: waUrl || DEFAULT_CONNECTION_CONFIG.waWebSocketUrl,
      // The phone goes on telling its owner of new messages, and nobody sees us online all day.
      markOnlineOnConnect: false,
      // Without any history the library learns no hidden addresses; the messages in it are not told to anybody.
      syncFullHistory: false,
      emitOwnEvents: false,
      generateHighQualityLinkPreview: false,
      shouldIgnoreJid: (jid) => !isPerson(jid),
      getMessage: async (key) => getMessage(key),
    })
}
