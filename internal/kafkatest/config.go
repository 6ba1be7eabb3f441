package kafkatest

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"
)

const log4j = `<?xml version="1.0" encoding="UTF-8"?>
<Configuration status="ERROR">
  <Appenders><Console name="out"><PatternLayout pattern="%d %p %c{1}: %m%n"/></Console></Appenders>
  <Loggers><Root level="WARN"><AppenderRef ref="out"/></Root></Loggers>
</Configuration>
`

// properties gives the configuration of a node.
func (c *Cluster) properties(n *node) string {
	var b bytes.Buffer
	set := func(k, format string, args ...any) { fmt.Fprintf(&b, k+"="+format+"\n", args...) }
	more := ""
	if c.SASLBroker != "" {
		more = ",SASL_SSL://" + c.SASLBroker
		set("sasl.enabled.mechanisms", "SCRAM-SHA-512,SCRAM-SHA-256,PLAIN")
		set("listener.name.sasl_ssl.plain.sasl.jaas.config",
			`org.apache.kafka.common.security.plain.PlainLoginModule required user_%s="%s";`, c.User, c.Password)
		for _, m := range []string{"scram-sha-512", "scram-sha-256"} {
			set("listener.name.sasl_ssl."+m+".sasl.jaas.config", "org.apache.kafka.common.security.scram.ScramLoginModule required;")
		}
		set("ssl.keystore.type", "PEM")
		set("ssl.keystore.location", "%s", filepath.Join(c.dir, "keystore.pem"))
	}
	set("process.roles", "broker,controller")
	set("node.id", "%d", n.id)
	set("controller.quorum.bootstrap.servers", "%s", c.voters(false))
	set("controller.listener.names", "CONTROLLER")
	set("listeners", "PLAINTEXT://127.0.0.1:%d%s,CONTROLLER://127.0.0.1:%d", n.plain, more, n.controller)
	set("advertised.listeners", "PLAINTEXT://%s%s,CONTROLLER://127.0.0.1:%d", n.reached, more, n.controller)
	set("listener.security.protocol.map", "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SASL_SSL:SASL_SSL")
	set("log.dirs", "%s", c.folder(n))
	replicas := len(c.nodes)
	insync := min(replicas, 2)
	set("default.replication.factor", "%d", replicas)
	set("min.insync.replicas", "%d", insync)
	for _, topic := range []string{"offsets.topic", "transaction.state.log", "share.coordinator.state.topic"} {
		set(topic+".replication.factor", "%d", replicas)
	}
	set("transaction.state.log.min.isr", "%d", insync)
	set("share.coordinator.state.topic.min.isr", "%d", insync)
	set("offsets.topic.num.partitions", "4")
	set("auto.create.topics.enable", "false")
	set("unclean.leader.election.enable", "false")
	set("group.initial.rebalance.delay.ms", "0")
	set("group.min.session.timeout.ms", "1000")
	set("log.cleaner.dedupe.buffer.size", "16777216")
	set("broker.session.timeout.ms", "6000")
	set("broker.heartbeat.interval.ms", "1000")
	set("num.io.threads", "2")
	set("num.network.threads", "2")
	return b.String()
}

// certificates makes a CA and a key store that holds a certificate of localhost.
func certificates(ca, keystore string) error {
	root := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "kafkatest"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour), KeyUsage: x509.KeyUsageCertSign,
	}
	leaf := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "localhost"}, DNSNames: []string{"localhost"},
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, NotBefore: root.NotBefore, NotAfter: root.NotAfter,
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	rootKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	leafKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	rootDER, err := x509.CreateCertificate(rand.Reader, root, root, &rootKey.PublicKey, rootKey)
	if err != nil {
		return err
	}
	leafDER, err := x509.CreateCertificate(rand.Reader, leaf, root, &leafKey.PublicKey, rootKey)
	if err != nil {
		return err
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(leafKey)
	if err != nil {
		return err
	}
	block := func(typ string, der []byte) []byte { return pem.EncodeToMemory(&pem.Block{Type: typ, Bytes: der}) }
	if err := os.WriteFile(ca, block("CERTIFICATE", rootDER), 0o600); err != nil {
		return err
	}
	store := append(block("PRIVATE KEY", keyDER), block("CERTIFICATE", leafDER)...)
	return os.WriteFile(keystore, append(store, block("CERTIFICATE", rootDER)...), 0o600)
}
