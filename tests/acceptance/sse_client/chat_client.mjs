// The client of seed 002 as its page describes it: frames are cut at "\n\n" by hand.
// Usage: node chat_client.mjs SESSION CONVERSATION MESSAGE...; one line of JSON per callback.

class ChatClient {
  constructor(sessionId, conversationId) {
    this.sessionId = sessionId;
    this.conversationId = conversationId || crypto.randomUUID();
  }

  async sendMessage(message, onChunk, onComplete, onError) {
    const response = await fetch('http://localhost:3111/chat/stream', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({
        message,
        sessionId: this.sessionId,
        conversationId: this.conversationId,
      }),
    });
    const reader = response.body.getReader();
    const decoder = new TextDecoder();
    let buffer = '';
    while (true) {
      const { done, value } = await reader.read();
      if (done) break;
      buffer += decoder.decode(value, { stream: true });
      const frames = buffer.split('\n\n');
      buffer = frames.pop() || '';
      for (const frame of frames) {
        if (frame.startsWith('event: chunk')) {
          onChunk(JSON.parse(frame.split('data: ')[1]).content);
        } else if (frame.startsWith('event: complete')) {
          onComplete();
        } else if (frame.startsWith('event: error')) {
          onError(JSON.parse(frame.split('data: ')[1]).error);
        }
      }
    }
  }

  getConversationId() {
    return this.conversationId;
  }
}

const [session, conversation, ...messages] = process.argv.slice(2);
const chat = new ChatClient(session, conversation || undefined);
const tell = (kind, value) => console.log(JSON.stringify([kind, value ?? null]));

tell('conversation', chat.getConversationId());
for (const message of messages) {
  await chat.sendMessage(
    message,
    (chunk) => tell('chunk', chunk),
    () => tell('complete'),
    (error) => tell('error', error),
  );
  tell('closed');
}
