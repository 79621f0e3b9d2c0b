import java.io.*;
import java.nio.file.*;
import java.security.*;
import java.security.cert.*;
import java.security.cert.Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.*;
import org.apache.pdfbox.cos.*;
import org.apache.pdfbox.pdmodel.PDDocument;
import org.apache.pdfbox.pdmodel.PDPage;
import org.apache.pdfbox.pdmodel.PDPageContentStream;
import org.apache.pdfbox.pdmodel.common.PDRectangle;
import org.apache.pdfbox.pdmodel.interactive.annotation.PDAnnotationText;
import org.apache.pdfbox.pdmodel.interactive.digitalsignature.*;
import org.bouncycastle.asn1.*;
import org.bouncycastle.asn1.cms.*;
import org.bouncycastle.asn1.ess.*;
import org.bouncycastle.asn1.nist.NISTObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.cert.jcajce.*;
import org.bouncycastle.cms.*;
import org.bouncycastle.cms.jcajce.JcaSimpleSignerInfoGeneratorBuilder;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.operator.jcajce.JcaDigestCalculatorProviderBuilder;
import org.bouncycastle.tsp.*;

/**
 * Other people's PDF software: Apache PDFBox and Bouncy Castle, as Debian ships them. Jobs come as lines on the standard
 * input, fields separated by tabs; each is answered by one line.
 *   sign  in  out  key.pem  chain.pem  algorithm  subFilter  time(ms)  permission(0..3)  [stamp-key.pem  stamp-chain.pem]
 *         as ETSI.RFC3161 it is a document time stamp; with a stamp key, a time stamp goes inside of the signature
 *   sign-tagged  as sign, and then  twist            the widget becomes an element of the structure; a twist is one more
 *         change: none, or one of those below
 *   edit  in  out  page | annotation | metadata          an incremental saving that is no signature
 *   make  out  pages                                       a new document
 */
public class PdfSigner {
  public static void main(String[] args) throws Exception {
    Security.addProvider(new BouncyCastleProvider());
    BufferedReader jobs = new BufferedReader(new InputStreamReader(System.in, "UTF-8"));
    for (String job = jobs.readLine(); job != null; job = jobs.readLine()) {
      try {
        String[] f = job.split("\t");
        if (f[0].startsWith("sign")) sign(f);
        else if (f[0].equals("edit")) edit(f);
        else make(f);
        System.out.println("done");
      } catch (Exception e) {
        System.out.println("failed: " + e);
      }
      System.out.flush();
    }
  }

  static void make(String[] f) throws Exception {
    try (PDDocument document = new PDDocument()) {
      for (int i = 1; i <= Integer.parseInt(f[2]); i++) {
        PDPage page = new PDPage(PDRectangle.A4);
        document.addPage(page);
        try (PDPageContentStream drawing = new PDPageContentStream(document, page)) {
          drawing.addRect(80, 700, 10 * i, 20);
          drawing.fill();
        }
      }
      document.save(f[1]);
    }
  }

  static void edit(String[] f) throws Exception {
    try (PDDocument document = PDDocument.load(new File(f[1])); OutputStream out = new FileOutputStream(f[2])) {
      PDPage page = document.getPage(0);
      if (f[3].equals("page")) {
        try (PDPageContentStream drawing =
            new PDPageContentStream(document, page, PDPageContentStream.AppendMode.APPEND, true)) {
          drawing.addRect(80, 400, 300, 100); // no text: fonts would be looked for all over the machine
          drawing.fill();
        }
        page.getCOSObject().setNeedToBeUpdated(true);
      } else if (f[3].equals("annotation")) {
        PDAnnotationText note = new PDAnnotationText();
        note.setContents("note");
        note.setRectangle(new PDRectangle(100, 100, 20, 20));
        page.getAnnotations().add(note);
        page.getCOSObject().setNeedToBeUpdated(true);
        note.getCOSObject().setNeedToBeUpdated(true);
      } else {
        document.getDocumentInformation().setTitle("another title");
        document.getDocumentInformation().getCOSObject().setNeedToBeUpdated(true);
      }
      document.getDocumentCatalog().getCOSObject().setNeedToBeUpdated(true);
      document.getPages().getCOSObject().setNeedToBeUpdated(true);
      document.saveIncremental(out);
    }
  }

  static void sign(String[] f) throws Exception {
    PrivateKey key = key(f[3]);
    List<X509Certificate> chain = chain(f[4]);
    Calendar time = Calendar.getInstance(TimeZone.getTimeZone("Asia/Ho_Chi_Minh"));
    time.setTimeInMillis(Long.parseLong(f[7]));
    try (PDDocument document = PDDocument.load(new File(f[1])); OutputStream out = new FileOutputStream(f[2])) {
      PDSignature signature = new PDSignature();
      signature.setFilter(PDSignature.FILTER_ADOBE_PPKLITE);
      signature.setSubFilter(COSName.getPDFName(f[6]));
      signature.setName("toy");
      signature.setSignDate(time);
      int permission = Integer.parseInt(f[8]);
      if (permission > 0) certify(document, signature, permission);
      SignatureOptions options = new SignatureOptions();
      options.setPreferredSignatureSize(30000);
      if (f[6].equals("ETSI.RFC3161")) {
        signature.setType(COSName.getPDFName("DocTimeStamp"));
        document.addSignature(signature, content -> stamp(content.readAllBytes(), key, chain, f[5], time.getTime()), options);
      } else {
        document.addSignature(
            signature,
            content -> {
              byte[] made = cms(content, key, chain, f[5], f[6].startsWith("ETSI"), time.getTime());
              return f.length > 10 ? stamped(made, key(f[9]), chain(f[10]), time.getTime()) : made;
            },
            options);
      }
      if (f[0].equals("sign-tagged")) tag(document, f[f.length - 1]);
      document.saveIncremental(out);
    }
  }

  /** What software that knows tagged documents adds for a signature (ISO 14289-1 §7.18.4), with one twist. */
  static void tag(PDDocument document, String twist) {
    COSDictionary root = (COSDictionary) document.getDocumentCatalog().getCOSObject().getDictionaryObject("StructTreeRoot");
    COSDictionary tree = (COSDictionary) root.getDictionaryObject("ParentTree");
    COSArray kids = (COSArray) tree.getDictionaryObject("Kids");
    COSArray numbers = (COSArray) (kids == null ? tree : (COSDictionary) kids.getObject(0)).getDictionaryObject("Nums");
    COSBase top = root.getDictionaryObject("K");
    COSDictionary whole = (COSDictionary) (top instanceof COSArray ? ((COSArray) top).getObject(0) : top);
    COSDictionary page = document.getPage(0).getCOSObject();
    COSArray fields = (COSArray) document.getDocumentCatalog().getAcroForm().getCOSObject().getDictionaryObject("Fields");
    COSDictionary widget = (COSDictionary) fields.getObject(fields.size() - 1);
    int key = root.getInt("ParentTreeNextKey");

    COSDictionary reference = new COSDictionary();
    reference.setName("Type", "OBJR");
    reference.setItem("Obj", twist.equals("stranger") ? new COSDictionary() : widget);
    reference.setItem("Pg", page);
    COSArray held = new COSArray();
    held.add(reference);
    if (twist.equals("claims")) held.add(COSInteger.get(0));
    COSDictionary element = new COSDictionary();
    element.setName("Type", "StructElem");
    element.setName("S", "Form");
    element.setItem("P", whole);
    element.setItem("K", held);
    if (twist.equals("reads")) element.setString("ActualText", "1 000 000");
    widget.setInt("StructParent", key);
    if (!page.containsKey("Tabs")) page.setName("Tabs", "S");

    COSBase before = whole.getDictionaryObject("K");
    COSArray after = new COSArray();
    if (before instanceof COSArray) after.addAll((COSArray) before);
    else after.add(whole.getItem("K"));
    if (twist.equals("drops")) after.remove(0);
    after.add(element);
    if (before instanceof COSArray && whole.getItem("K") instanceof COSObject) {
      ((COSArray) before).clear();
      ((COSArray) before).addAll(after);
      ((COSObject) whole.getItem("K")).setNeedToBeUpdated(true);
    } else whole.setItem("K", after);
    COSDictionary first = (COSDictionary) after.getObject(0);
    if (twist.equals("speaks")) first.setString("ActualText", "1 000 000");
    if (twist.equals("renames")) first.setName("S", "Artifact");
    if (twist.equals("rebinds")) numbers.set(1, element);
    if (twist.equals("maps")) {
      COSDictionary map = new COSDictionary();
      map.setName("P", "Artifact");
      root.setItem("RoleMap", map);
    }
    if (twist.equals("turns")) page.setInt("Rotate", 180);
    if (twist.equals("reorders")) page.setName("Tabs", "R");
    numbers.add(COSInteger.get(key));
    numbers.add(element);
    root.setInt("ParentTreeNextKey", key + 1);
    for (COSBase changed : new COSBase[] {root, tree, numbers, whole, page, widget, element, reference, held, after, first, before})
      if (changed instanceof COSUpdateInfo) ((COSUpdateInfo) changed).setNeedToBeUpdated(true);
    if (kids != null) ((COSDictionary) kids.getObject(0)).setNeedToBeUpdated(true);
    document.getDocumentCatalog().getCOSObject().setNeedToBeUpdated(true);
  }

  static void certify(PDDocument document, PDSignature signature, int permission) {
    COSDictionary parameters = new COSDictionary();
    parameters.setItem(COSName.TYPE, COSName.getPDFName("TransformParams"));
    parameters.setInt(COSName.P, permission);
    parameters.setName(COSName.V, "1.2");
    COSDictionary reference = new COSDictionary();
    reference.setItem(COSName.TYPE, COSName.getPDFName("SigRef"));
    reference.setItem("TransformMethod", COSName.getPDFName("DocMDP"));
    reference.setItem("TransformParams", parameters);
    COSArray references = new COSArray();
    references.add(reference);
    signature.getCOSObject().setItem("Reference", references);
    COSDictionary permissions = new COSDictionary();
    permissions.setItem("DocMDP", signature);
    document.getDocumentCatalog().getCOSObject().setItem("Perms", permissions);
    document.getDocumentCatalog().getCOSObject().setNeedToBeUpdated(true);
  }

  static byte[] cms(InputStream content, PrivateKey key, List<X509Certificate> chain, String algorithm, boolean cades, Date time) {
    try {
      ASN1EncodableVector attributes = new ASN1EncodableVector();
      if (cades) {
        byte[] digest = MessageDigest.getInstance("SHA-256").digest(chain.get(0).getEncoded());
        SigningCertificateV2 named = new SigningCertificateV2(new ESSCertIDv2[] {
          new ESSCertIDv2(new AlgorithmIdentifier(NISTObjectIdentifiers.id_sha256), digest)
        });
        attributes.add(new Attribute(PKCSObjectIdentifiers.id_aa_signingCertificateV2, new DERSet(named)));
      }
      attributes.add(new Attribute(CMSAttributes.signingTime, new DERSet(new DERUTCTime(time))));
      CMSSignedDataGenerator generator = new CMSSignedDataGenerator();
      generator.addSignerInfoGenerator(
          new JcaSimpleSignerInfoGeneratorBuilder()
              .setProvider("BC")
              .setSignedAttributeGenerator(new DefaultSignedAttributeTableGenerator(new AttributeTable(attributes)))
              .build(algorithm, key, chain.get(0)));
      generator.addCertificates(new JcaCertStore(chain));
      return generator.generate(new CMSProcessableByteArray(content.readAllBytes()), false).getEncoded();
    } catch (Exception e) {
      throw new RuntimeException(e);
    }
  }

  /** A time stamp token over these octets (RFC 3161). */
  static byte[] stamp(byte[] octets, PrivateKey key, List<X509Certificate> chain, String algorithm, Date time) {
    try {
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(octets);
      TimeStampTokenGenerator generator =
          new TimeStampTokenGenerator(
              new JcaSimpleSignerInfoGeneratorBuilder().setProvider("BC").build(algorithm, key, chain.get(0)),
              new JcaDigestCalculatorProviderBuilder().build().get(new AlgorithmIdentifier(NISTObjectIdentifiers.id_sha256)),
              new ASN1ObjectIdentifier("1.2.3.4"));
      generator.addCertificates(new JcaCertStore(chain));
      TimeStampRequestGenerator request = new TimeStampRequestGenerator();
      request.setCertReq(true);
      return generator
          .generate(request.generate(TSPAlgorithms.SHA256, digest), java.math.BigInteger.ONE, time)
          .getEncoded("DER");
    } catch (Exception e) {
      throw new RuntimeException(e);
    }
  }

  /** The signature with a time stamp over its value among the unsigned attributes (EN 319 122-1 §5.3). */
  static byte[] stamped(byte[] cms, PrivateKey key, List<X509Certificate> chain, Date time) {
    try {
      CMSSignedData data = new CMSSignedData(cms);
      SignerInformation signer = data.getSignerInfos().getSigners().iterator().next();
      byte[] token = stamp(signer.getSignature(), key, chain, "SHA256withECDSA", time);
      Attribute attribute =
          new Attribute(PKCSObjectIdentifiers.id_aa_signatureTimeStampToken, new DERSet(ASN1Primitive.fromByteArray(token)));
      SignerInformation fresh =
          SignerInformation.replaceUnsignedAttributes(signer, new AttributeTable(new DERSet(attribute)));
      return CMSSignedData.replaceSigners(data, new SignerInformationStore(fresh)).getEncoded();
    } catch (Exception e) {
      throw new RuntimeException(e);
    }
  }

  static PrivateKey key(String file) {
    try {
      return readKey(file);
    } catch (Exception e) {
      throw new RuntimeException(e);
    }
  }

  static List<X509Certificate> chain(String file) {
    try {
      return readChain(file);
    } catch (Exception e) {
      throw new RuntimeException(e);
    }
  }

  static PrivateKey readKey(String file) throws Exception {
    String text = Files.readString(Path.of(file)).replaceAll("-----[^-]+-----|\\s", "");
    PKCS8EncodedKeySpec spec = new PKCS8EncodedKeySpec(Base64.getDecoder().decode(text));
    for (String kind : new String[] {"RSA", "EC"}) {
      try {
        return KeyFactory.getInstance(kind, "BC").generatePrivate(spec);
      } catch (Exception e) {
        continue;
      }
    }
    throw new Exception("no key in " + file);
  }

  static List<X509Certificate> readChain(String file) throws Exception {
    List<X509Certificate> chain = new ArrayList<>();
    try (InputStream in = new FileInputStream(file)) {
      for (Certificate one : CertificateFactory.getInstance("X.509").generateCertificates(in)) chain.add((X509Certificate) one);
    }
    return chain;
  }
}
