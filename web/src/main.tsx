import { Component, render } from "preact";
import type { ComponentChildren } from "preact";
import "./style.css";
import "./desk.css";
import "./narrow.css";
import { App } from "./app";
import { learn } from "./features";

/** Guard keeps a fault of the page from leaving an empty window. */
class Guard extends Component<{ children: ComponentChildren }, { fault?: Error }> {
  static getDerivedStateFromError(fault: Error) {
    return { fault };
  }
  render() {
    if (!this.state.fault) return this.props.children;
    return (
      <main class="empty wide">
        <h2>The page failed</h2>
        <p>This is a fault in Watchpost, not in your data. {this.state.fault.message}</p>
        <p class="choices">
          <button type="button" onClick={() => location.reload()}>Reload</button>
          <a href="/">Start afresh</a>
        </p>
      </main>
    );
  }
}

// What the server can do is known before the first picture: nothing appears and vanishes again.
void learn().then(() =>
  render(
    <Guard>
      <App />
    </Guard>,
    document.getElementById("app")!,
  ),
);
