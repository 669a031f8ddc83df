// Built by `npm install && npm run build`; served by anything, beside a character's file.
// `visavis play --origin http://localhost:8000` gives the stream: ?connect=ws://localhost:8700/motion/ada

import {useRef, useState} from "react";
import {createRoot} from "react-dom/client";

import {Avatar} from "./Avatar.jsx";

const asked = new URLSearchParams(location.search);

function App() {
  const face = useRef(null);
  const [state, setState] = useState("connecting");
  const [problem, setProblem] = useState("");
  const say = (form) => face.current.speak(form.get("text"));
  return (
    <main>
      <Avatar
        ref={face}
        src={asked.get("src") ?? "ada.imx"}
        connect={asked.get("connect")}
        onReady={() => setState("idle")}
        onState={(detail) => setState(detail.state)}
        onError={(detail) => setProblem(detail.error.message)}
      >
        This browser cannot draw the character.
      </Avatar>
      <p id="state">{state}</p>
      {problem && <p role="alert">{problem}</p>}
      <form action={say}>
        <input name="text" aria-label="What to say" placeholder="What shall I say?" />
        <button>Say it</button>
        <button type="button" onClick={() => face.current.interrupt()}>Stop</button>
      </form>
    </main>
  );
}

createRoot(document.getElementById("root")).render(<App />);
