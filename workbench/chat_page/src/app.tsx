/** The page: which transport, which conversation. What is said in it the chat knows. */

import type { ChatMessage } from "motia-stream";
import { StreamProvider } from "motia-stream/react";
import { useRef, useState, type ReactNode } from "react";
import { ChatView } from "./chat-view.js";
import { keptConversation, newConversation, putIntoAddress, transportOfAddress } from "./kept.js";
import { TRANSPORTS, type Transport } from "./transports.js";

export function App(): ReactNode {
  const [transport, setTransport] = useState(transportOfAddress);
  const [conversationId, setConversationId] = useState(keptConversation);
  const [draft, setDraft] = useState("");
  /** What was said where the server tells no messages, by transport. */
  const said = useRef(new Map<string, readonly ChatMessage[]>());

  const choose = (chosen: Transport): void => {
    putIntoAddress(chosen);
    setTransport(chosen);
  };
  const beginAnew = (): void => {
    said.current.clear();
    setConversationId(newConversation());
  };
  const options = transport.connects === undefined ? {} : { options: transport.connects };
  return (
    <>
      <header>
        <h1>Chat</h1>
        <nav aria-label="Pages">
          <a href={`/chat-demo/plain${location.search}`}>Without React</a>
        </nav>
        <TransportPicker chosen={transport} onChoose={choose} />
        <button className="quiet" type="button" onClick={beginAnew}>New conversation</button>
      </header>
      <main>
        <StreamProvider key={transport.id} {...options}>
          <ChatView
            key={conversationId}
            transport={transport}
            conversationId={conversationId}
            said={said.current}
            draft={draft}
            onDraft={setDraft}
          />
        </StreamProvider>
      </main>
    </>
  );
}

function TransportPicker({ chosen, onChoose }: { chosen: Transport; onChoose: (chosen: Transport) => void }): ReactNode {
  return (
    <label className="picker">
      <span>Transport</span>{" "}
      <select
        value={chosen.id}
        aria-describedby="about"
        onChange={({ target }) => onChoose(TRANSPORTS[target.selectedIndex] ?? chosen)}
      >
        {TRANSPORTS.map(({ id, name }) => (
          <option key={id} value={id}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
}
