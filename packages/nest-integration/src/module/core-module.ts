import { Global, Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { ClientHosts } from '../client/client-hosts.js';
import { RocketMQRegistry } from '../client/registry.js';
import { Explorer } from '../discovery/explorer.js';
import { Registrar } from '../discovery/registrar.js';
import { NestInvoker } from '../handlers/nest-invoker.js';

/** What all clients of an application share; Nest makes it once per application, however many `forRoot` there are. */
@Global()
@Module({
  imports: [DiscoveryModule],
  providers: [ClientHosts, Explorer, NestInvoker, Registrar, RocketMQRegistry],
  exports: [ClientHosts, RocketMQRegistry],
})
export class RocketMQCoreModule {}
