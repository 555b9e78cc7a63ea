// What the sample leaves to its reader: an input component, and the page that shows all of it.
import { createRoot } from 'react-dom/client';

function Input({ onSend }) {
    const send = (submission) => {
        submission.preventDefault();
        onSend(new FormData(submission.target).get('message'));
        submission.target.reset();
    };
    return (
        <form onSubmit={send}>
            <input name="message" aria-label="Message" />
        </form>
    );
}

createRoot(document.getElementById('root')).render(<StreamingChat />);
