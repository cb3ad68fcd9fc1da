package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"flag"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Long enough for any fleet left up on a developer's machine, short enough to be of no use later.
const validFor = 90 * 24 * time.Hour

// writeCertificates makes, in --dir: ca.crt and ca.key (which sign both servers and clients), server.crt and
// server.key for loopback, service-account.key for the tokens of service accounts.
func writeCertificates(args []string) error {
	flags := flag.NewFlagSet("certificates", flag.ExitOnError)
	dir := flags.String("dir", ".", "where to write")
	_ = flags.Parse(args)

	caKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	ca := template("rollcall-test-ca", nil)
	ca.IsCA, ca.BasicConstraintsValid = true, true
	ca.KeyUsage |= x509.KeyUsageCertSign
	caDer, err := x509.CreateCertificate(rand.Reader, ca, ca, &caKey.PublicKey, caKey)
	if err != nil {
		return err
	}

	server := template("kube-apiserver", nil)
	server.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	server.DNSNames = []string{"localhost", "kubernetes", "kubernetes.default.svc"}
	server.IPAddresses = []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback}
	serverKey, serverDer, err := sign(server, ca, caKey)
	if err != nil {
		return err
	}
	tokenKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	for name, content := range map[string][]byte{
		"ca.crt":              certificatePem(caDer),
		"ca.key":              keyPem(caKey),
		"server.crt":          certificatePem(serverDer),
		"server.key":          keyPem(serverKey),
		"service-account.key": keyPem(tokenKey),
	} {
		if err := os.WriteFile(filepath.Join(*dir, name), content, 0o600); err != nil {
			return err
		}
	}
	return nil
}

// writeClientCertificate prints a certificate and its key, signed by the CA in --dir: who --user is, in --group.
func writeClientCertificate(args []string) error {
	flags := flag.NewFlagSet("client-certificate", flag.ExitOnError)
	dir := flags.String("dir", ".", "where ca.crt and ca.key are")
	user := flags.String("user", "", "name of the user")
	var groups []string
	flags.Func("group", "a group of the user; may be given again", func(group string) error {
		groups = append(groups, group)
		return nil
	})
	_ = flags.Parse(args)
	if strings.TrimSpace(*user) == "" {
		return fmt.Errorf("client-certificate needs --user")
	}
	ca, caKey, err := readAuthority(*dir)
	if err != nil {
		return err
	}
	client := template(*user, groups)
	client.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
	key, der, err := sign(client, ca, caKey)
	if err != nil {
		return err
	}
	_, err = os.Stdout.Write(append(certificatePem(der), keyPem(key)...))
	return err
}

func readAuthority(dir string) (*x509.Certificate, *ecdsa.PrivateKey, error) {
	certificate, err := readPem(filepath.Join(dir, "ca.crt"))
	if err != nil {
		return nil, nil, err
	}
	ca, err := x509.ParseCertificate(certificate)
	if err != nil {
		return nil, nil, err
	}
	keyDer, err := readPem(filepath.Join(dir, "ca.key"))
	if err != nil {
		return nil, nil, err
	}
	key, err := x509.ParseECPrivateKey(keyDer)
	return ca, key, err
}

func readPem(path string) ([]byte, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(content)
	if block == nil {
		return nil, fmt.Errorf("%s holds no PEM", path)
	}
	return block.Bytes, nil
}

func template(commonName string, groups []string) *x509.Certificate {
	// 127 bits: serial numbers must be positive, and are never reused without keeping count.
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	fail(err)
	return &x509.Certificate{
		SerialNumber: serial,
		Subject:      pkix.Name{CommonName: commonName, Organization: groups},
		NotBefore:    time.Now().Add(-time.Minute),
		NotAfter:     time.Now().Add(validFor),
		KeyUsage:     x509.KeyUsageDigitalSignature,
	}
}

func sign(template, ca *x509.Certificate, caKey *ecdsa.PrivateKey) (*ecdsa.PrivateKey, []byte, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	der, err := x509.CreateCertificate(rand.Reader, template, ca, &key.PublicKey, caKey)
	return key, der, err
}

func certificatePem(der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}

func keyPem(key *ecdsa.PrivateKey) []byte {
	der, err := x509.MarshalECPrivateKey(key)
	fail(err)
	return pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: der})
}
