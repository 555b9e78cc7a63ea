// Seed 004's talk with Socket.IO's own client: node rooms.mjs ADDRESS TRANSPORT...
// Prints what each of two clients is told, and each acknowledgement, as a line of JSON: [who, event, data].
import { io } from 'socket.io-client'

const [address, ...transports] = process.argv.slice(2)
const print = (who, event, data) => console.log(JSON.stringify([who, event, data ?? null]))

class Client {
  #heard = []
  #wake = () => {}

  constructor(name) {
    this.name = name
    this.socket = io(address, { transports, forceNew: true, reconnection: false })
    this.socket.onAny((event, data) => {
      print(name, event, data)
      this.#heard.push(event)
      this.#wake()
    })
    this.socket.on('connect_error', (error) => fail(`${name}: ${error.message}`))
    // `connect` may come after the upgrade.
    this.socket.io.on('open', () => {
      const { engine } = this.socket.io
      print(name, 'transport', engine.transport.name)
      engine.once('upgrade', ({ name: transport }) => {
        print(name, 'transport', transport)
        this.#heard.push('upgrade')
        this.#wake()
      })
    })
  }

  // Resolves once `event` has come, at this call or before; each counts once.
  async hears(event) {
    while (!this.#heard.includes(event)) await new Promise((resolve) => (this.#wake = resolve))
    this.#heard.splice(this.#heard.indexOf(event), 1)
  }

  async emit(event, ...data) {
    print(this.name, 'ack', await this.socket.emitWithAck(event, ...data))
  }
}

function fail(reason) {
  console.error(reason)
  process.exit(1)
}

const ada = new Client('Ada')
await ada.hears('connected')
const bob = new Client('Bob')
await bob.hears('connected')
await ada.emit('join-room', { roomName: 'tea', participantName: 'Ada' })
await bob.emit('join-room', { roomName: 'tea', participantName: 'Bob' })
await ada.hears('participant-joined')
await ada.emit('stream-chat', { messages: [{ role: 'user', content: 'Explain quantum computing in simple terms' }] })
await bob.hears('stream-complete')
await ada.emit('stream-chat', {})
await bob.emit('leave-room', { roomName: 'tea' })
await ada.hears('participant-left')
// Nobody in the room hears it any more.
await ada.emit('stream-chat', { messages: [{ role: 'user', content: 'Again' }] })
await bob.emit('stream-chat', { messages: [{ role: 'user', content: 'And me' }] })
if (transports.length > 1) for (const client of [ada, bob]) await client.hears('upgrade')
for (const { socket } of [ada, bob]) socket.close()
