// A chat's line over Socket.IO: the socket, how it is, and the room that it is in.
const SCRIPT = "/__motia/socket.io.js";
const PATIENCE = 10_000; // milliseconds

let loading = null;

// Socket.IO's own client, loaded when it is first wanted. What could not be had is asked for again the next time.
function loadSocketIo() {
  loading ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = SCRIPT;
    script.onload = () => resolve(globalThis.io);
    script.onerror = () => {
      script.remove();
      loading = null;
      reject(new Error(`${SCRIPT} could not be loaded`));
    };
    document.head.append(script);
  });
  return loading;
}

// `opened` is called once there is a socket, connected or not; `changed` whenever its state or trouble has changed.
export function openLine(form, { opened, changed }) {
  const line = { socket: null, state: "connecting", trouble: null, close };
  let isClosed = false;
  let wasOpen = false;
  function tell(news) {
    if (!isClosed) changed(Object.assign(line, news));
  }
  function watch(io) {
    if (isClosed) return;
    const socket = io({ forceNew: true });
    line.socket = socket;
    socket.on("connect", () => {
      wasOpen = true;
      tell({ state: "open", trouble: null });
    });
    socket.on("disconnect", () => {
      if (socket.active) tell({ state: "reconnecting" });
      else tell({ state: "closed", trouble: "The server has ended the connection" });
    });
    socket.on("connect_error", ({ message }) => {
      if (!socket.active) tell({ state: "closed", trouble: message });
      // One that has worked comes back, as the others do; of one that never did nobody knows.
      else if (!wasOpen) tell({ trouble: "The server cannot be reached over Socket.IO" });
    });
    keepRoom(form, socket);
    opened();
  }
  function close() {
    isClosed = true;
    form.onsubmit = null;
    line.socket?.disconnect();
  }
  loadSocketIo().then(watch, ({ message }) => tell({ state: "closed", trouble: message }));
  return line;
}

// Join and leave as the form says, and join again when the socket was lost and came back.
function keepRoom(form, socket) {
  const { room: roomField, name: nameField, go } = form.elements;
  const news = form.querySelector("[role=status]");
  let room = null;

  function change(now, told) {
    room = now;
    roomField.readOnly = nameField.readOnly = now !== null;
    // One button, so that it keeps the focus.
    go.textContent = now === null ? "Join" : "Leave";
    news.textContent = told;
  }

  async function join(wanted) {
    const error = await ask(socket, "join-room", wanted);
    if (error === null) change(wanted, `You are in “${wanted.roomName}” as ${wanted.participantName}.`);
    else change(null, `You are not in “${wanted.roomName}”: ${error}`);
  }

  async function leave() {
    const error = await ask(socket, "leave-room", room);
    if (error === null) change(null, "You have left.");
    else news.textContent = error;
  }

  form.onsubmit = (submission) => {
    submission.preventDefault();
    const wanted = { roomName: roomField.value.trim(), participantName: nameField.value.trim() };
    if (room !== null) leave();
    else join(wanted);
  };
  // The server has forgotten who was where.
  socket.on("connect", () => room && join(room));
  socket.on("disconnect", () => (news.textContent = ""));
  socket.on("participant-joined", ({ participantName }) => (news.textContent = `${participantName} has joined.`));
  socket.on("participant-left", ({ participantName }) => (news.textContent = `${participantName} has left.`));
  change(null, "");
}

// Why it was not done; null if it was.
async function ask(socket, event, room) {
  try {
    const said = await socket.timeout(PATIENCE).emitWithAck(event, room);
    return said?.error === undefined ? null : String(said.error);
  } catch {
    return "the server does not answer.";
  }
}
