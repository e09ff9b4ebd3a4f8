// The Voice SDK always signals over wss://. The simulator has no certificate, and on this machine
// needs none: when the page itself came over http, the same host is reached over ws.
// Loaded before the SDK, which takes hold of WebSocket when it is loaded.
"use strict";

if (window.location.protocol === "http:") {
  const secure = `wss://${window.location.host}/`;
  const plain = `ws://${window.location.host}/`;
  window.WebSocket = class extends window.WebSocket {
    constructor(url, protocols) {
      super(String(url).replace(secure, plain), protocols);
    }
  };
}
