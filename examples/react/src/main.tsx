import { SignalboxProvider } from "@signalbox/react";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./app.tsx";
import "../../style.css";

// As the link that `signalbox serve` prints. A program of your own has a login: token may be a function that fetches one.
const token = new URLSearchParams(location.hash.slice(1)).get("token") ?? "";

const root = document.getElementById("root");
if (root)
  createRoot(root).render(
    <StrictMode>
      <SignalboxProvider url="/" token={token}>
        <App />
      </SignalboxProvider>
    </StrictMode>,
  );
