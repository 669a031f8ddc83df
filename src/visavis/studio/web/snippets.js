// Code to copy, with the visitor's own avatar and key in it.

/**
 * @param {{avatar: string, secret?: string, url: string}} given
 * @returns {Record<string, string>} by name
 */
export function snippets({avatar, secret, url}) {
  const id = avatar || "A1B2C3D4E5", key = secret ?? "vv_your_key";
  return {
    "LiveKit agent": `# pip install livekit-plugins-visavis
# export VISAVIS_API_URL=${url}
# export VISAVIS_API_SECRET=${key}
from livekit.plugins import visavis

avatar = visavis.AvatarSession(avatar_id="${id}")
await avatar.start(session, room=ctx.room)  # then session.start(...), as always`,
    "curl": `# Launch the avatar into a room of your LiveKit server
curl ${url}/v1/sessions \\
  -H "Authorization: Bearer ${key}" \\
  -H "Content-Type: application/json" \\
  -d '{
    "avatar_id": "${id}",
    "livekit_url": "wss://your-project.livekit.cloud",
    "livekit_token": "a token for the avatar",
    "room_name": "my-room"
  }'`,
    "Offline": `# pip install 'visavis[client]'
visavis login ${url}          # asks for the key
visavis pull ${id}            # saves the avatar's .imx file
visavis render ${id}.imx hello.wav -o hello.mp4

# or in the agent's own process, without this cloud:
# avatar = visavis.AvatarSession(model_path="${id}.imx")`,
    "Web page": `<!-- A public or unlisted avatar, alive on any page. It needs no key, and says nothing by itself. -->
<script type="module" src="${url}/player/visavis.js"></script>
<visavis-avatar src="${url}/v1/gallery/${id}/file"></visavis-avatar>`,
    "Embed to talk": `# On your server: a token for pages of your site (or by hand: ${url}/embeds)
curl ${url}/v1/embeds \\
  -H "Authorization: Bearer ${key}" \\
  -H "Content-Type: application/json" \\
  -d '{"avatar_id": "${id}", "origins": ["https://example.org"], "minutes": 5, "expires_in": 3600}'

# On the page: the two lines that it answers as "html"
<script type="module" src="${url}/embed.js"></script>
<visavis-embed token="the token"></visavis-embed>`,
  };
}
