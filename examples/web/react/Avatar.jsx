import "visavis-player";

/**
 * A character. Attributes of `<visavis-avatar>` go through (`src`, `connect`, `muted`, `poster`,
 * `background`, `framing`); `room` is a connected Room of livekit-client; `ref` is the element, with
 * its methods. Each event's handler takes what the event carries.
 */
export function Avatar({onReady, onStarted, onFinished, onState, onCaption, onError, children, ...rest}) {
  const taking = (handler) => (event) => handler?.(event.detail);
  return (
    <visavis-avatar
      {...rest}
      onready={taking(onReady)}
      onstarted={taking(onStarted)}
      onfinished={taking(onFinished)}
      onstate={taking(onState)}
      oncaption={taking(onCaption)}
      onerror={taking(onError)}
    >
      {children}
    </visavis-avatar>
  );
}
