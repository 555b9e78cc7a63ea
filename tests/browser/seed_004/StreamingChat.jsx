import { useEffect, useState } from 'react';
import io from 'socket.io-client';

function StreamingChat() {
    const [socket, setSocket] = useState(null);
    const [messages, setMessages] = useState([]);
    const [currentResponse, setCurrentResponse] = useState('');
    const [isStreaming, setIsStreaming] = useState(false);

    useEffect(() => {
        const newSocket = io('http://localhost:4000');
        setSocket(newSocket);

        newSocket.on('stream-start', () => {
            setIsStreaming(true);
            setCurrentResponse('');
        });

        newSocket.on('stream-chunk', (data) => {
            setCurrentResponse(data.fullResponse);
        });

        newSocket.on('stream-complete', (data) => {
            setIsStreaming(false);
            setMessages(prev => [...prev, {
                role: 'assistant',
                content: data.fullResponse,
                timestamp: data.timestamp
            }]);
            setCurrentResponse('');
        });

        return () => newSocket.close();
    }, []);

    const sendMessage = (message) => {
        const newMessages = [...messages, { role: 'user', content: message }];
        setMessages(newMessages);
        
        socket.emit('stream-chat', {
            messages: newMessages
        });
    };

    return (
        <div>
            {messages.map((msg, idx) => (
                <div key={idx} className={msg.role}>
                    {msg.content}
                </div>
            ))}
            
            {isStreaming && (
                <div className="assistant streaming">
                    {currentResponse}
                    <span className="cursor">|</span>
                </div>
            )}
            
            {/* Your input component here */}
        </div>
    );
}
