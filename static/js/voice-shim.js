// The Voice SDK always dials wss://. The simulated phone network speaks ws:// and lives on this
// very machine, so its signalling address alone is rewritten. Loaded before the SDK, which keeps
// the WebSocket it finds, and only when the simulator is the network.
(() => {
  const Native = globalThis.WebSocket;
  const signalling = /^wss:\/\/(localhost|127\.0\.0\.1|\[::1\])(:\d+)?\/signal/;
  globalThis.WebSocket = class WebSocket extends Native {
    constructor(url, protocols) {
      const address = String(url);
      super(signalling.test(address) ? address.replace("wss:", "ws:") : address, protocols);
    }
  };
})();
