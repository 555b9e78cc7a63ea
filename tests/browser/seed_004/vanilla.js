// Connect to streaming server
const socket = io('http://localhost:4000');

// DOM elements
const messagesContainer = document.getElementById('messages');
const messageInput = document.getElementById('messageInput');
const sendButton = document.getElementById('sendButton');

let currentMessageDiv = null;

// Handle streaming events
socket.on('stream-start', () => {
    // Create new message div for AI response
    currentMessageDiv = document.createElement('div');
    currentMessageDiv.className = 'message ai-message';
    currentMessageDiv.innerHTML = '<span class="typing-indicator">AI is typing...</span>';
    messagesContainer.appendChild(currentMessageDiv);
    messagesContainer.scrollTop = messagesContainer.scrollHeight;
});

socket.on('stream-chunk', (data) => {
    if (currentMessageDiv) {
        currentMessageDiv.textContent = data.fullResponse;
        messagesContainer.scrollTop = messagesContainer.scrollHeight;
    }
});

socket.on('stream-complete', (data) => {
    if (currentMessageDiv) {
        currentMessageDiv.classList.add('complete');
        currentMessageDiv = null;
    }
});

// Send message function
function sendMessage() {
    const message = messageInput.value.trim();
    if (!message) return;

    // Add user message to UI
    const userDiv = document.createElement('div');
    userDiv.className = 'message user-message';
    userDiv.textContent = message;
    messagesContainer.appendChild(userDiv);

    // Send to server for streaming response
    socket.emit('stream-chat', {
        messages: [{ role: 'user', content: message }]
    });

    messageInput.value = '';
    messagesContainer.scrollTop = messagesContainer.scrollHeight;
}

sendButton.addEventListener('click', sendMessage);
messageInput.addEventListener('keypress', (e) => {
    if (e.key === 'Enter') sendMessage();
});
