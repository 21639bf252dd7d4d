import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.net.http.WebSocketHandshakeException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.GZIPInputStream;

/**
 * The JDK's own WebSocket beside the gateway, written from spec/protocol.md alone. The JDK has no JSON: this looks for
 * what it needs in the text. `java WebSocketPeer.java WS_URL TOKEN CHANNEL` prints by cell `ok`, or what went wrong.
 */
public class WebSocketPeer {
  static final HttpClient client = HttpClient.newHttpClient();
  static String url;
  static String token;
  static String channel;
  static String position;

  interface Cell {
    void run() throws Exception;
  }

  /** `kind`: the first byte of a binary frame, -1 for text, -2 for the end. */
  record Came(int kind, String text) {
    String type() {
      return field("type", "\"([^\"]*)\"");
    }

    String field(String name, String value) {
      Matcher found = Pattern.compile("\"" + name + "\":" + value).matcher(text);
      return found.find() ? found.group(1) : "";
    }

    List<String> all(String name, String value) {
      List<String> values = new ArrayList<>();
      Matcher found = Pattern.compile("\"" + name + "\":" + value).matcher(text);
      while (found.find()) values.add(found.group(1));
      return values;
    }
  }

  static class Talk implements WebSocket.Listener, AutoCloseable {
    final LinkedBlockingQueue<Came> inbox = new LinkedBlockingQueue<>();
    final StringBuilder text = new StringBuilder();
    final ByteArrayOutputStream frame = new ByteArrayOutputStream();
    final ByteArrayOutputStream pieces = new ByteArrayOutputStream();
    WebSocket socket;

    static Talk open(String token) throws Exception {
      Talk talk = new Talk();
      talk.socket = client.newWebSocketBuilder()
          .header("Authorization", "Bearer " + token)
          .subprotocols("signalbox.v1")
          .buildAsync(URI.create(url), talk)
          .join();
      return talk;
    }

    static Talk welcomed(String asks) throws Exception {
      Talk talk = open(token);
      talk.send("{\"id\":\"hello\",\"type\":\"connect\",\"data\":{\"client\":\"interop\"" + asks + "}}");
      same(!talk.next(came -> came.type().equals("connect")).field("principal", "(\\{)").isEmpty(), true);
      return talk;
    }

    void send(String message) {
      socket.sendText(message, true).join();
    }

    Came next(Predicate<Came> wanted) throws Exception {
      for (;;) {
        Came came = inbox.poll(15, TimeUnit.SECONDS);
        if (came == null) throw new Exception("nothing came");
        if (wanted.test(came)) return came;
        if (came.kind() == -2 || came.type().equals("error")) throw new Exception(came.text());
      }
    }

    List<Came> notes(int count) throws Exception {
      List<Came> found = new ArrayList<>();
      while (found.size() < count) found.add(next(came -> came.type().equals("note")));
      return found;
    }

    @Override
    public CompletionStage<?> onText(WebSocket socket, CharSequence data, boolean last) {
      text.append(data);
      if (last) {
        inbox.add(new Came(-1, text.toString()));
        text.setLength(0);
      }
      socket.request(1);
      return null;
    }

    @Override
    public CompletionStage<?> onBinary(WebSocket socket, ByteBuffer data, boolean last) {
      byte[] part = new byte[data.remaining()];
      data.get(part);
      frame.writeBytes(part);
      if (last) {
        whole(frame.toByteArray());
        frame.reset();
      }
      socket.request(1);
      return null;
    }

    @Override
    public CompletionStage<?> onClose(WebSocket socket, int code, String reason) {
      inbox.add(new Came(-2, code + " " + reason));
      return null;
    }

    /** §3.8, §3.9 */
    void whole(byte[] bytes) {
      try {
        if (bytes[0] == 2) {
          byte[] plain = new GZIPInputStream(new ByteArrayInputStream(bytes, 1, bytes.length - 1)).readAllBytes();
          inbox.add(new Came(2, new String(plain, StandardCharsets.UTF_8)));
          return;
        }
        pieces.write(bytes, 2, bytes.length - 2);
        if ((bytes[1] & 2) == 0) return;
        inbox.add(new Came(bytes[0], pieces.toString(StandardCharsets.UTF_8)));
        pieces.reset();
      } catch (Exception error) {
        inbox.add(new Came(-2, error.toString()));
      }
    }

    @Override
    public void close() {
      socket.abort();
    }
  }

  static String note(int n, String more) {
    return "{\"id\":\"n" + n + "\",\"type\":\"note\",\"channel\":\"" + channel + "\",\"data\":{\"n\":" + n + more + "}}";
  }

  static String keyed(String id, int n) {
    String metadata = ",\"metadata\":{\"idempotencyKey\":\"" + channel + " " + n + "\"}}";
    return note(n, "").replace("\"n" + n + "\"", "\"" + id + "\"").replaceFirst("}$", Matcher.quoteReplacement(metadata));
  }

  static String subscribe(String more) {
    return "{\"id\":\"s\",\"type\":\"subscribe\",\"data\":{\"channel\":\"" + channel + "\"" + more + "}}";
  }

  static void same(Object found, Object wanted) throws Exception {
    if (!found.equals(wanted)) throw new Exception(found + " instead of " + wanted);
  }

  static boolean isAck(Came came) {
    return came.type().equals("ack");
  }

  static boolean isSubscribed(Came came) {
    return came.type().equals("subscription_update") && came.text().contains("\"state\":\"subscribed\"");
  }

  static Came thereAndBack(String message, String asks) throws Exception {
    try (Talk talk = Talk.welcomed(asks)) {
      talk.send(subscribe(""));
      talk.next(WebSocketPeer::isSubscribed);
      talk.send(message);
      return talk.notes(1).get(0);
    }
  }

  static void connect() throws Exception {
    try (Talk talk = Talk.welcomed("")) {
      same(talk.socket.getSubprotocol(), "signalbox.v1");
    }
  }

  static void refused() throws Exception {
    try {
      Talk.open("wrong-token").close();
      throw new Exception("it was let in");
    } catch (CompletionException error) {
      if (!(error.getCause() instanceof WebSocketHandshakeException refused)) throw error;
      same(refused.getResponse().statusCode(), 401);
    }
  }

  static void publish() throws Exception {
    try (Talk talk = Talk.welcomed("")) {
      talk.send(note(1, ""));
      talk.next(WebSocketPeer::isAck);
      talk.send("[" + note(2, "") + "," + note(3, "") + "]");
      same(talk.next(WebSocketPeer::isAck).all("offset", "(\\d+)"), List.of("2", "3"));
    }
  }

  static void subscribe() throws Exception {
    try (Talk talk = Talk.welcomed("")) {
      talk.send(subscribe(",\"since\":\"earliest\""));
      List<Came> notes = talk.notes(3);
      same(notes.stream().map(note -> note.field("n", "(\\d+)")).toList(), List.of("1", "2", "3"));
      Came last = notes.get(2);
      position = "{\"epoch\":\"" + last.field("epoch", "\"([^\"]*)\"") + "\",\"offset\":" + last.field("offset", "(\\d+)") + "}";
    }
  }

  static void resume() throws Exception {
    try (Talk talk = Talk.welcomed("")) {
      talk.send(keyed("n4", 4));
      talk.next(WebSocketPeer::isAck);
      talk.send("[" + keyed("again", 4) + "," + note(5, "") + "]");
      same(talk.next(WebSocketPeer::isAck).all("duplicate", "(\\w+)"), List.of("true", "false"));
      talk.send(subscribe(",\"since\":" + position));
      same(talk.next(WebSocketPeer::isSubscribed).field("recovered", "(\\w+)"), "true");
      List<Came> notes = talk.notes(2);
      same(notes.stream().map(note -> note.field("n", "(\\d+)")).toList(), List.of("4", "5"));
      same(notes.stream().map(note -> note.field("offset", "(\\d+)")).toList(), List.of("4", "5"));
    }
  }

  static void binary() throws Exception {
    Came came = thereAndBack(note(6, ",\"text\":\"" + "b".repeat(200_000) + "\""), ",\"chunks\":true");
    same(came.kind(), 3);
    same(came.field("text", "\"(b*)\"").length(), 200_000);
  }

  static void mebibyte() throws Exception {
    int room = 1_048_576 - note(7, ",\"text\":\"\"").length();
    Came came = thereAndBack(note(7, ",\"text\":\"" + "m".repeat(room) + "\""), "");
    same(came.kind(), -1);
    same(came.text().length() > 1_048_576, true);
  }

  static void gzip() throws Exception {
    Came came = thereAndBack(note(8, ",\"text\":\"" + "z".repeat(20_000) + "\""), ",\"compression\":[\"gzip\"]");
    same(came.kind(), 2);
    same(came.field("compressed", "(\\w+)"), "true");
    same(came.field("text", "\"(z*)\"").length(), 20_000);
  }

  static void closeCodes() throws Exception {
    try (Talk talk = Talk.welcomed("")) {
      talk.socket.sendBinary(ByteBuffer.wrap(new byte[] {1, 2, 3}), true).join();
      same(talk.next(came -> came.kind() == -2).text(), "3500 bad_message");
    }
    try (Talk talk = Talk.welcomed("")) {
      talk.send("{\"type\":\"disconnect\"}");
      same(talk.next(came -> came.kind() == -2).text(), "3505 goodbye");
    }
  }

  public static void main(String[] args) {
    url = args[0];
    token = args[1];
    channel = args[2];
    Map<String, Cell> cells = new LinkedHashMap<>();
    cells.put("connect", WebSocketPeer::connect);
    cells.put("refused", WebSocketPeer::refused);
    cells.put("publish", WebSocketPeer::publish);
    cells.put("subscribe", WebSocketPeer::subscribe);
    cells.put("resume", WebSocketPeer::resume);
    cells.put("binary", WebSocketPeer::binary);
    cells.put("mebibyte", WebSocketPeer::mebibyte);
    cells.put("gzip", WebSocketPeer::gzip);
    cells.put("closeCodes", WebSocketPeer::closeCodes);
    List<String> outcomes = new ArrayList<>();
    for (Map.Entry<String, Cell> cell : cells.entrySet()) {
      String outcome = "ok";
      try {
        cell.getValue().run();
      } catch (Exception error) {
        outcome = error.toString().replaceAll("[\"\\\\\\p{Cntrl}]", " ");
      }
      outcomes.add("\"" + cell.getKey() + "\":\"" + outcome.substring(0, Math.min(300, outcome.length())) + "\"");
    }
    System.out.println("{" + String.join(",", outcomes) + "}");
    // The client's threads would keep the program for a minute.
    System.exit(0);
  }
}
