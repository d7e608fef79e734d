import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { isRocketMQContext, RocketMQExecutionContext } from '@cometmq/nest';

/** For messages and for HTTP: whoever has no tenant is not let in. A message that a guard refuses goes to the dead letters. */
@Injectable()
export class TenantGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    if (isRocketMQContext(context))
      return RocketMQExecutionContext.from(context).getMessage().properties['tenant'] !== undefined;
    return context.switchToHttp().getRequest<{ headers: Record<string, string> }>().headers['x-tenant'] !== undefined;
  }
}
