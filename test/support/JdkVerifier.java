import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.spec.X509EncodedKeySpec;
import java.util.Base64;
import javax.xml.crypto.dsig.Reference;
import javax.xml.crypto.dsig.XMLSignature;
import javax.xml.crypto.dsig.XMLSignatureFactory;
import javax.xml.crypto.dsig.dom.DOMValidateContext;
import javax.xml.parsers.DocumentBuilderFactory;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

/**
 * The JDK's own XML signature verifier behind a line protocol, so that one JVM judges a whole suite.
 * A request: document, public key (SubjectPublicKeyInfo), key algorithm, id elements; tab-separated, the first two
 * in base64, the last as `namespace name` pairs separated by commas. An answer: `valid` or `invalid`, a tab, why.
 */
public final class JdkVerifier {
  public static void main(String[] arguments) throws Exception {
    var out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    var in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line; (line = in.readLine()) != null; ) {
      String why;
      try {
        why = objection(line.split("\t", -1));
      } catch (Exception refused) {
        var cause = refused.getCause() == null ? refused : refused.getCause();
        why = refused + " / " + cause.getMessage();
      }
      out.println(why == null ? "valid\t" : "invalid\t" + why.replaceAll("\\s+", " "));
    }
  }

  private static String objection(String[] request) throws Exception {
    var key = publicKey(Base64.getDecoder().decode(request[1]), request[2]);
    var document = parse(Base64.getDecoder().decode(request[0]));
    NodeList signatures = document.getElementsByTagNameNS(XMLSignature.XMLNS, "Signature");
    if (signatures.getLength() == 0) return "no signature";
    var context = new DOMValidateContext(key, signatures.item(0));
    context.setProperty("org.jcp.xml.dsig.secureValidation", Boolean.TRUE);
    declareIds(document, request[3], context);
    var signature = XMLSignatureFactory.getInstance("DOM").unmarshalXMLSignature(context);
    if (signature.validate(context)) return null;
    if (!signature.getSignatureValue().validate(context)) return "signature value";
    for (Object reference : signature.getSignedInfo().getReferences())
      if (!((Reference) reference).validate(context)) return "digest of " + ((Reference) reference).getURI();
    return "not valid";
  }

  private static PublicKey publicKey(byte[] encoded, String algorithm) throws Exception {
    return KeyFactory.getInstance(algorithm).generatePublic(new X509EncodedKeySpec(encoded));
  }

  private static Document parse(byte[] octets) throws Exception {
    var factory = DocumentBuilderFactory.newInstance();
    factory.setNamespaceAware(true);
    factory.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
    var builder = factory.newDocumentBuilder();
    builder.setErrorHandler(null);
    return builder.parse(new ByteArrayInputStream(octets));
  }

  private static void declareIds(Document document, String pairs, DOMValidateContext context) {
    if (pairs.isEmpty()) return;
    for (String pair : pairs.split(",")) {
      var space = pair.indexOf(' ');
      NodeList elements = document.getElementsByTagNameNS(pair.substring(0, space), pair.substring(space + 1));
      for (int i = 0; i < elements.getLength(); i++) {
        var element = (Element) elements.item(i);
        if (element.hasAttributeNS(null, "Id")) context.setIdAttributeNS(element, null, "Id");
      }
    }
  }
}
