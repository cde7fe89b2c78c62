// A small ssh server, agent and key maker for the tests of git zoos behind ssh. It listens on 127.0.0.1 alone, and ends
// when its standard input does.
package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/binary"
	"encoding/pem"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"
)

const usage = `usage:
  sshd keygen FILE                                     write a private key to FILE and its public one to FILE.pub
  sshd serve -root DIR -host-key FILE -authorized FILE serve the git repositories in DIR; prints the port
  sshd agent -socket PATH -key FILE                    be an agent that holds one key; prints "ready"`

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) == 0 {
		return errors.New(usage)
	}
	flags := flag.NewFlagSet(args[0], flag.ContinueOnError)
	root := flags.String("root", "", "folder of the repositories")
	hostKey := flags.String("host-key", "", "private key of the host")
	authorized := flags.String("authorized", "", "public keys that are let in")
	socket := flags.String("socket", "", "where the agent listens")
	key := flags.String("key", "", "private key that the agent holds")
	if err := flags.Parse(args[1:]); err != nil {
		return err
	}
	switch args[0] {
	case "keygen":
		return keygen(flags.Arg(0))
	case "serve":
		return serve(*root, *hostKey, *authorized)
	case "agent":
		return serveAgent(*socket, *key)
	}
	return errors.New(usage)
}

func keygen(path string) error {
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return err
	}
	block, err := ssh.MarshalPrivateKey(private, "")
	if err != nil {
		return err
	}
	shown, err := ssh.NewPublicKey(public)
	if err != nil {
		return err
	}
	if err := os.WriteFile(path, pem.EncodeToMemory(block), 0o600); err != nil {
		return err
	}
	return os.WriteFile(path+".pub", ssh.MarshalAuthorizedKey(shown), 0o644)
}

// endWithInput ends the program when whoever started it is gone.
func endWithInput() {
	_, _ = io.Copy(io.Discard, os.Stdin)
	os.Exit(0)
}

func serve(root, hostKeyFile, authorizedFile string) error {
	text, err := os.ReadFile(hostKeyFile)
	if err != nil {
		return err
	}
	hostKey, err := ssh.ParsePrivateKey(text)
	if err != nil {
		return err
	}
	config := &ssh.ServerConfig{
		PublicKeyCallback: func(_ ssh.ConnMetadata, offered ssh.PublicKey) (*ssh.Permissions, error) {
			return nil, check(authorizedFile, offered)
		},
	}
	config.AddHostKey(hostKey)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println(listener.Addr().(*net.TCPAddr).Port)
	go endWithInput()
	for {
		connection, err := listener.Accept()
		if err != nil {
			return err
		}
		go handle(connection, config, root)
	}
}

func check(authorizedFile string, offered ssh.PublicKey) error {
	rest, err := os.ReadFile(authorizedFile)
	for err == nil && len(rest) > 0 {
		var known ssh.PublicKey
		if known, _, _, rest, err = ssh.ParseAuthorizedKey(rest); err == nil && bytes.Equal(known.Marshal(), offered.Marshal()) {
			return nil
		}
	}
	return errors.New("unknown key")
}

func handle(connection net.Conn, config *ssh.ServerConfig, root string) {
	defer connection.Close()
	server, channels, requests, err := ssh.NewServerConn(connection, config)
	if err != nil {
		return
	}
	defer server.Close()
	go ssh.DiscardRequests(requests)
	for offered := range channels {
		if offered.ChannelType() != "session" {
			_ = offered.Reject(ssh.UnknownChannelType, "sessions only")
			continue
		}
		channel, requests, err := offered.Accept()
		if err != nil {
			return
		}
		go session(channel, requests, root)
	}
}

func session(channel ssh.Channel, requests <-chan *ssh.Request, root string) {
	defer channel.Close()
	for request := range requests {
		if request.Type != "exec" || len(request.Payload) < 4 {
			_ = request.Reply(request.Type == "env", nil)
			continue
		}
		_ = request.Reply(true, nil)
		var status [4]byte
		if err := uploadPack(string(request.Payload[4:]), root, channel); err != nil {
			fmt.Fprintln(channel.Stderr(), err)
			binary.BigEndian.PutUint32(status[:], 128)
		}
		_, _ = channel.SendRequest("exit-status", false, status[:])
		return
	}
}

func uploadPack(command, root string, channel ssh.Channel) error {
	path, found := strings.CutPrefix(command, "git-upload-pack ")
	if !found {
		return errors.New("git-upload-pack only")
	}
	folder := filepath.Join(root, filepath.Clean("/"+strings.Trim(path, "'")))
	git := exec.Command("git", "-c", "safe.directory=*", "upload-pack", folder)
	git.Stdout, git.Stderr = channel, channel.Stderr()
	// Not `git.Stdin = channel`: that would wait for the other end to say no more, and it waits for us.
	input, err := git.StdinPipe()
	if err != nil {
		return err
	}
	if err := git.Start(); err != nil {
		return err
	}
	go func() {
		_, _ = io.Copy(input, channel)
		_ = input.Close()
	}()
	return git.Wait()
}

func serveAgent(socket, keyFile string) error {
	text, err := os.ReadFile(keyFile)
	if err != nil {
		return err
	}
	private, err := ssh.ParseRawPrivateKey(text)
	if err != nil {
		return err
	}
	keys := agent.NewKeyring()
	if err := keys.Add(agent.AddedKey{PrivateKey: private}); err != nil {
		return err
	}
	listener, err := net.Listen("unix", socket)
	if err != nil {
		return err
	}
	fmt.Println("ready")
	go endWithInput()
	for {
		connection, err := listener.Accept()
		if err != nil {
			return err
		}
		go func() {
			defer connection.Close()
			_ = agent.ServeAgent(keys, connection)
		}()
	}
}
