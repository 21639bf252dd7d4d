import { useApprovals } from "@signalbox/react";
import { useState } from "react";

export function Approvals() {
  const { open, ended, decide } = useApprovals();
  const [problem, setProblem] = useState("");
  const say = (checkpointId: string, decision: "approve" | "deny", payloadHash: string) => {
    setProblem("");
    // The hash says what was looked at: nothing else can be approved by it.
    decide(checkpointId, { decision, payloadHash }).catch((error: Error) => setProblem(error.message));
  };
  return (
    <section className="asked" aria-label="Approvals">
      <h2>{open.length === 0 ? "Nothing waits for you" : `${open.length} waiting for you`}</h2>
      <ul>
        {open.map(({ checkpointId, title, checkpointData, payloadHash, requestedBy }) => (
          <li key={checkpointId}>
            {title ?? checkpointId} <small>asks {requestedBy}</small>
            <code>{JSON.stringify(checkpointData)}</code>
            <div className="row">
              <button type="button" onClick={() => say(checkpointId, "approve", payloadHash)}>
                Approve
              </button>
              <button type="button" onClick={() => say(checkpointId, "deny", payloadHash)}>
                Deny
              </button>
            </div>
          </li>
        ))}
        {ended.slice(0, 3).map(({ checkpointId, title, decision, decidedBy }) => (
          <li key={checkpointId} className="quiet">
            {title ?? checkpointId}: {decision === "approve" ? "approved" : "denied"} by {decidedBy}
          </li>
        ))}
      </ul>
      {problem && <p className="bad">{problem}</p>}
    </section>
  );
}
