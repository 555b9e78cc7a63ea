/** The page: which transport, which conversation. What is said in it the chat knows. */

import { StreamProvider } from "motia-stream/react";
import { useRef, useState, type ReactNode } from "react";
import { ChatView } from "./chat-view.js";
import { keptConversation, newConversation, putIntoAddress, transportOfAddress } from "./kept.js";
import { RoomView } from "./room-view.js";
import type { Said } from "./said.js";
import { TRANSPORTS, type Transport } from "./transports.js";

export function App(): ReactNode {
  const [transport, setTransport] = useState(transportOfAddress);
  const [conversationId, setConversationId] = useState(keptConversation);
  const [draft, setDraft] = useState("");
  const said = useRef<Said>(new Map());

  const choose = (chosen: Transport): void => {
    putIntoAddress(chosen);
    setTransport(chosen);
  };
  const beginAnew = (): void => {
    said.current.clear();
    setConversationId(newConversation());
  };
  const options = transport.connects === undefined ? {} : { options: transport.connects };
  const shared = { conversationId, said: said.current, draft, onDraft: setDraft };
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
          {transport.via === "socket.io" ? (
            <RoomView transport={transport} {...shared} />
          ) : (
            <ChatView key={conversationId} transport={transport} {...shared} />
          )}
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
